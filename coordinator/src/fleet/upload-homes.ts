import type { CallerId } from '@ollama-coordinator/common/balancing';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { LruMap } from '../credentials/lru-map.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import { bySoonest } from './find-agents.js';

/**
 * Where uploads land. The files of one model come one by one, in requests that say nothing of each other, and its create has
 * to find all of them: so everything that one caller uploads within a while goes to one agent, its home. Shared by the replicas
 * through Redis; while that is away each replica remembers for itself.
 */
export interface UploadHomes {
  /** The caller's home among `agents`; where it has none there, the one with most free disk becomes it. Undefined where none is there. */
  homeOf(caller: CallerId, agents: readonly AgentRecord[]): Promise<AgentRecord | undefined>;
  uploaded(digest: string, agent: AgentRecord): Promise<void>;
  /** Ids of the agents that a blob was uploaded to. */
  whereIs(digest: string): Promise<ReadonlySet<string>>;
}

const HOME_S = 900;
const BLOB_S = 86_400;
const REMEMBERED = 10_000;

export function createUploadHomes({ redis, keys }: { readonly redis: Redis; readonly keys: RedisKeys }): UploadHomes {
  const homes = new LruMap<CallerId, string>(REMEMBERED);
  const blobs = new LruMap<string, ReadonlySet<string>>(REMEMBERED);

  return {
    async homeOf(caller, agents) {
      const key = keys.uploadHome(caller);
      const known = (await orNothing(redis.getex(key, 'EX', HOME_S))) ?? homes.get(caller);
      const home = agents.find(({ id, status }) => id === known && status !== 'offline') ?? roomiest(agents);
      if (home === undefined) return undefined;
      if (home.id === known) return home;
      // Of two replicas that choose at the same moment the first decides.
      const isFirst = known === undefined && (await orNothing(redis.set(key, home.id, 'EX', HOME_S, 'NX')));
      const decided = isFirst === null ? await orNothing(redis.get(key)) : undefined;
      const chosen = agents.find(({ id }) => id === decided) ?? home;
      if (known !== undefined) await orNothing(redis.set(key, chosen.id, 'EX', HOME_S));
      homes.set(caller, chosen.id);
      return chosen;
    },
    async uploaded(digest, { id }) {
      blobs.set(digest, new Set([...(blobs.get(digest) ?? []), id]));
      await orNothing(redis.sadd(keys.blob(digest), id));
      await orNothing(redis.expire(keys.blob(digest), BLOB_S));
    },
    async whereIs(digest) {
      return new Set([...(blobs.get(digest) ?? []), ...((await orNothing(redis.smembers(keys.blob(digest)))) ?? [])]);
    },
  };
}

/** Among those that are there, the one with most free disk; where nobody says, who answers soonest. */
export function roomiest(agents: readonly AgentRecord[]): AgentRecord | undefined {
  const there = agents.filter(({ status, state }) => (status === 'online' || status === 'draining') && state !== 'ollama_down');
  const freeBytes = ({ metrics }: AgentRecord) => metrics.disk_free_bytes ?? -1;
  return [...there].sort((one, other) => freeBytes(other) - freeBytes(one) || bySoonest(one, other))[0];
}

/** Undefined while Redis is away. */
function orNothing<T>(command: Promise<T>): Promise<T | undefined> {
  return command.catch(() => undefined);
}
