import type { AgentPatch, Clock, HealthCheckRequest } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { bindScript, type Redis, type RedisKeys } from '@ollama-coordinator/common/redis';
import type { AgentEntry, Heard, OperatorFields, RegistrationFacts } from './agent-entry.js';
import { entryFromHash, entryToHash, HEARTBEAT_LIMIT_BYTES, operatorToHash } from './agent-hash.js';
import { createHeartbeatWriter, type HeartbeatSource } from './heartbeat-writer.js';
import { CHANGE_AGENT } from './scripts/change-agent.js';
import { END_PRESENCE } from './scripts/end-presence.js';
import { REGISTER_AGENT } from './scripts/register-agent.js';
import { REMOVE_AGENT } from './scripts/remove-agent.js';
import { RESTORE_AGENT } from './scripts/restore-agent.js';

export interface AgentStoreDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  readonly clock: Clock;
}

export type AgentStore = ReturnType<typeof createAgentStore>;

/** The agents in Redis. Each change is one script, so that it happens whole and its event once. Methods reject while Redis is away. */
export function createAgentStore({ redis, keys, replicaId, clock }: AgentStoreDeps) {
  const heartbeats = createHeartbeatWriter({ redis, keys, replicaId, clock });
  const registerAgent = bindScript(redis, REGISTER_AGENT);
  const changeAgent = bindScript(redis, CHANGE_AGENT);
  const removeAgent = bindScript(redis, REMOVE_AGENT);
  const endPresence = bindScript(redis, END_PRESENCE);
  const restoreAgent = bindScript(redis, RESTORE_AGENT);

  async function change(id: AgentId, type: string, operator: OperatorFields, detail: string): Promise<boolean> {
    const fields = Object.entries(operatorToHash(operator)).flat();
    return (await changeAgent([keys.agent(id), keys.events], [id, type, replicaId, detail, ...fields])) === 1;
  }

  /** The agent itself may write this key, so it may be anything. */
  async function readAlive(id: AgentId): Promise<string | null> {
    try {
      const text = await redis.getrange(keys.agentAlive(id), 0, HEARTBEAT_LIMIT_BYTES);
      return text.length > HEARTBEAT_LIMIT_BYTES ? null : text;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return null;
      throw error;
    }
  }

  return {
    /** 'old': a newer incarnation lives, nothing was written. 'unchanged': the same start said the same again. */
    async register({ id, incarnation, registration }: RegistrationFacts, wallMs: number) {
      const args = [id, incarnation, JSON.stringify(registration), registration.machineName, wallMs, replicaId];
      const scriptKeys = [keys.agent(id), keys.agents, keys.agentAlive(id), keys.events];
      return (await registerAgent(scriptKeys, args)) as 'registered' | 'updated' | 'unchanged' | 'old';
    },
    heartbeat: (body: HealthCheckRequest, ttlMs: number, source: HeartbeatSource) => heartbeats.write(body, ttlMs, source),
    /** Writes at once the heartbeats that wait to be written together. */
    flush: () => heartbeats.flush(),
    /** False where there is no such agent. */
    patch: (id: AgentId, patch: AgentPatch) => change(id, 'updated', patch, Object.keys(patch).join(', ')),
    /** False where there is no such agent. */
    setDraining: (id: AgentId, draining: boolean) => change(id, draining ? 'draining' : 'resumed', { draining }, 'by an operator'),
    /** False where there is no such agent. */
    setAdmission: (id: AgentId, admission: Pick<OperatorFields, 'approved' | 'revoked' | 'generation'>) =>
      change(id, 'updated', admission, Object.keys(admission).join(', ')),
    /** False where there is no such agent. */
    async remove(id: AgentId): Promise<boolean> {
      const scriptKeys = [keys.agent(id), keys.agents, keys.agentAlive(id), keys.events, keys.healthHistory(id), keys.agentHeartbeats(id)];
      return (await removeAgent(scriptKeys, [id, replicaId])) === 1;
    },
    /** True where this call ended it: the event is written. `offline` needs the alive key to be gone. */
    async endPresence(
      { id, incarnation }: Pick<AgentEntry, 'id' | 'incarnation'>,
      type: 'left' | 'offline',
      ttlMs: number,
    ): Promise<boolean> {
      const args = [id, incarnation, replicaId, type, ttlMs];
      return (await endPresence([keys.agent(id), keys.agentAlive(id), keys.events], args)) === 1;
    },
    async restore(entry: AgentEntry, isAlive: boolean, ttlMs: number): Promise<void> {
      const heartbeat = isAlive && entry.heartbeat !== undefined ? JSON.stringify(entry.heartbeat) : '';
      await restoreAgent(
        [keys.agent(entry.id), keys.agents, keys.agentAlive(entry.id)],
        [entry.id, entry.incarnation, JSON.stringify(entryToHash(entry)), heartbeat, ttlMs, entry.unsaved ? '1' : ''],
      );
    },
    /** Undefined where Redis does not know the agent. */
    async read(id: AgentId, heard: Heard, known: AgentEntry | undefined): Promise<AgentEntry | undefined> {
      const [hash, alive] = await Promise.all([redis.hgetall(keys.agent(id)), readAlive(id)]);
      return entryFromHash(id, hash, alive, heard, known);
    },
    readIds: (): Promise<AgentId[]> => redis.smembers(keys.agents),
  };
}
