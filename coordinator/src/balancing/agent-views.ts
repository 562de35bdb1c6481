import type { Clock, RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId, Costed, ModelName, ModelOnDisk } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import { type Standing, standingOf } from './agent-standing.js';
import { buildView, modelsOnDisk, type OthersShare, othersShare } from './build-view.js';
import type { InFlight } from './in-flight.js';

/** What a balancer sees of a candidate, as the host fills it in. */
export type WritableCosted = { -readonly [Key in keyof Costed]: Costed[Key] };

/** An agent with what is derived from its record. One object per agent for as long as it is registered. */
export interface AgentEntry {
  record: AgentRecord;
  standing: Standing;
  models: ReadonlyMap<ModelName, ModelOnDisk>;
  others: OthersShare;
  /** The view, costed.agent, is older than the record or the counts. */
  stale: boolean;
  /** What balancers are given of this agent; written again for each decision, so that deciding allocates nothing per agent. */
  readonly costed: WritableCosted;
  /** Whether the view has a slot free for the signature that was asked for last. */
  slot: { readonly signature: RunnerSignature; readonly free: boolean };
}

/** No signature is empty. */
const NOT_ASKED = { signature: '', free: false };

export interface AgentViews {
  /** Takes the record in. Returns its entry, whose view may be stale. */
  update(record: AgentRecord): AgentEntry;
  get(agent: AgentId): AgentEntry | undefined;
  remove(agent: AgentId): void;
  /** Says that this replica's counts on the agent changed. */
  touch(agent: AgentId): void;
  /** Rebuilds the view. */
  refresh(entry: AgentEntry): void;
  ids(): readonly AgentId[];
}

export interface AgentViewsDeps {
  readonly inFlight: InFlight;
  readonly replicaId: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly intern: (text: string) => string;
}

/** Keeps one view per agent, rebuilt only after its record or this replica's counts on it changed. */
export function createAgentViews({ inFlight, replicaId, clock, intern }: AgentViewsDeps): AgentViews {
  const entries = new Map<AgentId, AgentEntry>();
  function derive(record: AgentRecord, known: AgentEntry | undefined): AgentEntry {
    const ours = inFlight.bySignature(record.id);
    const others = othersShare(record, replicaId, ours);
    const models = known?.record.models === record.models ? known.models : modelsOnDisk(record.models);
    const standing = standingOf(record);
    if (known) return Object.assign(known, { record, standing, models, others, stale: true });
    const agent = buildView({ record, models, others, ours }, { clock, intern });
    return { record, standing, models, others, stale: false, costed: { agent, cost: 0, free: false }, slot: NOT_ASKED };
  }
  return {
    update(record) {
      const known = entries.get(record.id);
      if (known?.record === record) return known;
      const entry = derive(record, known);
      entries.set(record.id, entry);
      return entry;
    },
    get: (agent) => entries.get(agent),
    remove: (agent) => void entries.delete(agent),
    touch(agent) {
      const entry = entries.get(agent);
      if (entry) entry.stale = true;
    },
    refresh(entry) {
      entry.costed.agent = buildView({ ...entry, ours: inFlight.bySignature(entry.record.id) }, { clock, intern });
      entry.slot = NOT_ASKED;
      entry.stale = false;
    },
    ids: () => [...entries.keys()],
  };
}
