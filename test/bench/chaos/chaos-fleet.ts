import { setMaxListeners } from 'node:events';
import { type Client, createClient } from '../../faults/support/client.js';
import { type FrontNginx, startFrontNginx } from '../../support/proxies/start-front-nginx.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const ADMIN_KEY = 'test-admin-key-0123456789';
const JOIN_TOKEN = 'test-join-token-0123456789';
export const HEADERS: Readonly<Record<string, string>> = { authorization: `Bearer ${ADMIN_KEY}` };
const AGENTS = ['one', 'two', 'three', 'four', 'five', 'six'];
export const AGENT_COUNT = AGENTS.length;
/** Of each agent, where nothing else is said. */
export const AGENT_SLOTS = 8;
export const TOKENS_PER_S = 100;
const MODELS = [{ name: 'tiny', kind: 'completion', decodeTokensPerS: TOKENS_PER_S, loadMs: 100, outputTokens: 100_000 }] as const;

/** Three replicas behind nginx as docs/deploy ships it, six agents that know nginx only, and a client of nginx. */
export interface ChaosFleet {
  readonly fleet: Fleet;
  readonly client: Client;
  close(): Promise<void>;
}

export interface ChaosFleetOptions {
  readonly heartbeatMs: number;
  readonly ttlMs: number;
  /** How many requests the log of each simulated Ollama must hold. */
  readonly keepRequests: number;
  /** Of each agent. */
  readonly slots?: number;
}

export async function startChaosFleet({ heartbeatMs, ttlMs, keepRequests, slots = AGENT_SLOTS }: ChaosFleetOptions): Promise<ChaosFleet> {
  // Each child process is killed when this one exits.
  setMaxListeners(50, process);
  const fleet = await startFleet({
    replicas: 3,
    env: {
      COORDINATOR_AUTH: 'on',
      COORDINATOR_ADMIN_KEY: ADMIN_KEY,
      COORDINATOR_JOIN_TOKEN: JOIN_TOKEN,
      COORDINATOR_TRUSTED_PROXIES: '127.0.0.1',
      COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-run-only',
      COORDINATOR_AGENT_TTL_MS: String(ttlMs),
    },
  });
  let nginx: FrontNginx | undefined;
  const close = async () => {
    await fleet.close();
    await nginx?.stop();
  };
  try {
    const [first = 0, second = 0, third = 0] = fleet.coordinators.map(({ url }) => Number(new URL(url).port));
    nginx = await startFrontNginx([first, second, third]);
    const { url } = nginx;
    const env = {
      AGENT_COORDINATOR_URL: url,
      AGENT_JOIN_TOKEN: JOIN_TOKEN,
      AGENT_HEARTBEAT_MS: String(heartbeatMs),
      AGENT_SLOTS: String(slots),
    };
    await Promise.all(AGENTS.map((name) => fleet.addAgent({ name, ollama: { models: MODELS, numParallel: slots, keepRequests }, env })));
    return { fleet, client: createClient(() => [url], HEADERS), close };
  } catch (failure) {
    await close();
    throw failure;
  }
}
