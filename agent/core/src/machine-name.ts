import { hostname } from 'node:os';
import type { AgentConfig } from '@ollama-coordinator/common';

/** The name for people: the configured one, else the host name, cut to what the protocol takes. */
export function machineName({ name }: Pick<AgentConfig, 'name'>): string {
  return (
    name ??
    (hostname()
      .replace(/\p{Cc}/gu, '')
      .trim()
      .slice(0, 128) ||
      'agent')
  );
}
