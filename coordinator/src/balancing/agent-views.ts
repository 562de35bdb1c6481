import type { Clock, RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId, Costed, ModelName, ModelOnDisk } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import { vramBytes } from '../registry/vram-bytes.js';
import { type Standing, standingOf } from './agent-standing.js';
import { type BuildViewDeps, buildView, modelsOnDisk, type OthersShare, othersShare } from './build-view.js';
import type { InFlight } from './in-flight.js';
import type { Expectations } from './learned/expectations.js';
import { PRIOR_EXPECTATIONS } from './learned/prior-expectations.js';
import { createRememberedSpeeds, type RememberedSpeeds } from './remembered-speeds.js';
import { createRunnerCopies } from './runner-copies.js';
import { createRunningAttempts, type RunningAttempts } from './running-attempts.js';
import { NOT_WARM } from './warm-prefixes.js';

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
  readonly speeds: RememberedSpeeds;
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
  /** Says that something was learned of the agent; without one, of all. */
  learned(agent?: AgentId): void;
  /** Rebuilds the view. */
  refresh(entry: AgentEntry): void;
  ids(): readonly AgentId[];
  /** Whether the model is in memory anywhere with other load options than the signature's. */
  hasOtherOptions(model: ModelName, signature: RunnerSignature): boolean;
}

export interface AgentViewsDeps {
  readonly inFlight: InFlight;
  readonly running?: RunningAttempts;
  readonly expectations?: Expectations;
  readonly warmOn?: BuildViewDeps['warmOn'];
  readonly replicaId: string;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly intern: (text: string) => string;
}

/** Keeps one view per agent, rebuilt only after its record, this replica's counts on it or what is known of it changed. */
export function createAgentViews(given: AgentViewsDeps): AgentViews {
  const { inFlight, replicaId, running = createRunningAttempts(), expectations = PRIOR_EXPECTATIONS } = given;
  const entries = new Map<AgentId, AgentEntry>();
  const copies = createRunnerCopies();
  const deps = { ...given, expectations, copiesOf: copies.of, warmOn: given.warmOn ?? (() => NOT_WARM) };

  function view({ record, models, others, speeds }: Pick<AgentEntry, 'record' | 'models' | 'others' | 'speeds'>) {
    const { id } = record;
    return buildView({ record, models, others, ours: inFlight.bySignature(id), running: running.on(id), speed: speeds.ask }, deps);
  }
  function take(record: AgentRecord, known: AgentEntry | undefined): AgentEntry {
    copies.change(known?.record.runners, record.runners);
    const others = othersShare(record, replicaId, inFlight.bySignature(record.id));
    const models = known?.record.models === record.models ? known.models : modelsOnDisk(record.models);
    const standing = standingOf(record);
    if (known) {
      // What is known of speeds fades with time: a heartbeat, which brings other metrics, is a good moment to ask again.
      if (known.record.models !== record.models || known.record.metrics !== record.metrics) known.speeds.forget();
      return Object.assign(known, { record, standing, models, others, stale: true });
    }
    const speeds = speedsOf(record.id);
    const costed = { agent: view({ record, models, others, speeds }), cost: 0, free: false };
    // Written out rather than spread: V8 gives each object that begins with a spread and goes on with new names a shape of its own, and a
    // loop over a thousand shapes takes five times as long.
    return { record, standing, models, others, stale: false, slot: NOT_ASKED, speeds, costed };
  }
  function speedsOf(agent: AgentId): RememberedSpeeds {
    return createRememberedSpeeds(expectations, (model) => {
      const entry = entries.get(agent);
      return { agent, model, modelBytes: entry?.models.get(model)?.sizeBytes ?? 0, vramBytes: entry ? vramBytes(entry.record) : 0 };
    });
  }
  function forget(entry: AgentEntry | undefined): void {
    if (!entry) return;
    entry.speeds.forget();
    entry.stale = true;
  }

  return {
    update(record) {
      const known = entries.get(record.id);
      if (known?.record === record) return known;
      const entry = take(record, known);
      entries.set(record.id, entry);
      return entry;
    },
    get: (agent) => entries.get(agent),
    remove(agent) {
      copies.change(entries.get(agent)?.record.runners, undefined);
      entries.delete(agent);
    },
    touch(agent) {
      const entry = entries.get(agent);
      if (entry) entry.stale = true;
    },
    learned(agent) {
      if (agent !== undefined) forget(entries.get(agent));
      else for (const entry of entries.values()) forget(entry);
    },
    refresh(entry) {
      entry.costed.agent = view(entry);
      entry.slot = NOT_ASKED;
      entry.stale = false;
    },
    ids: () => [...entries.keys()],
    hasOtherOptions: copies.hasOthers,
  };
}
