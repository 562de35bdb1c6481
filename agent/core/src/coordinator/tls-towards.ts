import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { type AgentConfig, AppError, describeCause } from '@ollama-coordinator/common';

/** Whom this agent takes for its coordinator, and what it shows where that asks for a certificate. Throws BAD_CONFIG. */
export function readTlsTowards({ tlsCa, tlsCert, tlsKey }: Pick<AgentConfig, 'tlsCa' | 'tlsCert' | 'tlsKey'>): SecureContextOptions {
  try {
    return {
      ...(tlsCa === undefined ? {} : { ca: readFileSync(tlsCa) }),
      ...(tlsCert === undefined || tlsKey === undefined ? {} : { cert: readFileSync(tlsCert), key: readFileSync(tlsKey) }),
    };
  } catch (cause) {
    throw new AppError('BAD_CONFIG', { details: { problems: `  AGENT_TLS_CA: ${describeCause(cause)}` }, cause });
  }
}
