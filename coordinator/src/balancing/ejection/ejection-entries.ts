import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { type Outlier, SOUND } from './outlier.js';

/** What is held against an agent, or against one model on it. */
export interface Entry {
  outlier: Outlier;
  /** The request that shows whether it works again is on its way. */
  onTrial: boolean;
  /** Wall time at which a connection was refused; undefined where something else was wrong. */
  refusedAtMs: number | undefined;
  /** Grows by the share of the slow start; takes part with each whole one. */
  credit: number;
}

/** Entries of agents and of models on them; there is one only once something failed. */
export interface EjectionEntries {
  any(): boolean;
  /** Those that a request of this signature on this agent is subject to. */
  of(agent: AgentId, signature: RunnerSignature): readonly Entry[];
  ofAgent(agent: AgentId): Entry | undefined;
  /** Makes it where there is none. */
  entryFor(scope: 'agent' | 'model', agent: AgentId, signature: RunnerSignature): Entry;
  /** Drops those of `of()` that satisfy the condition. */
  forget(agent: AgentId, signature: RunnerSignature, isForgotten: (entry: Entry) => boolean): void;
  leave(agent: AgentId): void;
}

export function createEjectionEntries(): EjectionEntries {
  const agents = new Map<AgentId, Entry>();
  const models = new Map<AgentId, Map<RunnerSignature, Entry>>();

  return {
    any: () => agents.size > 0 || models.size > 0,
    of: (agent, signature) => [agents.get(agent), models.get(agent)?.get(signature)].filter((entry) => entry !== undefined),
    ofAgent: (agent) => agents.get(agent),
    entryFor(scope, agent, signature) {
      const own = scope === 'agent' ? undefined : (models.get(agent) ?? new Map<RunnerSignature, Entry>());
      const known = own ? own.get(signature) : agents.get(agent);
      if (known) return known;
      const entry: Entry = { outlier: SOUND, onTrial: false, refusedAtMs: undefined, credit: 0 };
      if (own) models.set(agent, own.set(signature, entry));
      else agents.set(agent, entry);
      return entry;
    },
    forget(agent, signature, isForgotten) {
      const own = models.get(agent);
      const ofModel = own?.get(signature);
      if (ofModel && isForgotten(ofModel)) own?.delete(signature);
      if (own?.size === 0) models.delete(agent);
      const ofAgent = agents.get(agent);
      if (ofAgent && isForgotten(ofAgent)) agents.delete(agent);
    },
    leave(agent) {
      agents.delete(agent);
      models.delete(agent);
    },
  };
}
