import type { CreatedKey } from '@ollama-coordinator/common';
import { type Fleet, type FleetOptions, startFleet } from '../../support/start-fleet.js';

export const ADMIN_KEY = 'attacked-admin-key-0123456789';
export const JOIN_TOKEN = 'attacked-join-token-0123456789';
export const CLUSTER_SECRET = 'a-secret-for-this-test-only';

export interface AttackedFleet extends Fleet {
  /** Of any caller; `key` undefined: none is shown. */
  ask(method: string, path: string, key?: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  createKey(fields?: object): Promise<CreatedKey>;
}

export interface AttackedFleetOptions extends Omit<FleetOptions, 'agents'> {
  readonly agents?: readonly string[];
  readonly models?: readonly string[];
  readonly agentEnv?: Readonly<Record<string, string>>;
}

const FAST = { kind: 'completion', loadMs: 1, decodeTokensPerS: 1000 } as const;

/** Built coordinators with keys on, and built agents with the join token, in front of simulated Ollamas. */
export async function startAttackedFleet({
  agents = ['one'],
  models = ['tiny'],
  agentEnv = {},
  env = {},
  ...options
}: AttackedFleetOptions = {}): Promise<AttackedFleet> {
  const fleet = await startFleet({
    ...options,
    env: {
      COORDINATOR_AUTH: 'on',
      COORDINATOR_ADMIN_KEY: ADMIN_KEY,
      COORDINATOR_JOIN_TOKEN: JOIN_TOKEN,
      COORDINATOR_CLUSTER_SECRET: CLUSTER_SECRET,
      ...env,
    },
    agents: agents.map((name) => ({
      name,
      ollama: { models: models.map((model) => ({ name: model, ...FAST })), numParallel: 4 },
      env: { AGENT_JOIN_TOKEN: JOIN_TOKEN, AGENT_SLOTS: '4', ...agentEnv },
    })),
  });
  let made = 0;
  const ask: AttackedFleet['ask'] = (method, path, key, body, headers = {}) =>
    fetch(fleet.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return Object.assign(fleet, {
    ask,
    async createKey(fields: object = {}) {
      made += 1;
      const answer = await ask('POST', '/api/coordinator/keys', ADMIN_KEY, { name: `key ${made}`, ...fields });
      if (answer.status !== 201) throw new Error(`no key was made: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as CreatedKey;
    },
  });
}
