import type { Clock, ModelReport, RunnerReport } from '@ollama-coordinator/common';
import type { AgentView, ModelName, ModelOnDisk, Runner } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import { foreignRequests } from '../registry/foreign-requests.js';
import { priorSpeed } from './speed-priors.js';

const NOT_WARM: ReadonlySet<string> = new Set();

/** What an agent's last report says of the others: what is in flight there that this replica did not send. */
export interface OthersShare {
  /** Of the other replicas, on all runners. */
  readonly total: number;
  /** Of everyone else, for each reported runner. */
  readonly byRunner: readonly number[];
  readonly foreign: number;
}

/**
 * Splits a report into ours and the others'. A report does not split a runner's requests by replica, so our share of a
 * runner is what we had in flight on it when the report came (`ours`), at most what the report says of us. Pure.
 */
export function othersShare(record: AgentRecord, replicaId: string, ours: ReadonlyMap<string, number>): OthersShare {
  let total = 0;
  for (const [replica, count] of Object.entries(record.inFlightByReplica)) {
    if (replica !== replicaId) total += count;
  }
  const foreign = foreignRequests(record);
  const reportedOfUs = record.inFlightByReplica[replicaId] ?? 0;
  const byRunner = record.runners.map((runner) => {
    const own = Math.min(ours.get(runner.signature) ?? 0, reportedOfUs);
    return Math.min(Math.max(runner.in_flight - own, 0), total + foreign);
  });
  return { total, byRunner, foreign };
}

export interface ViewParts {
  readonly record: AgentRecord;
  readonly models: ReadonlyMap<ModelName, ModelOnDisk>;
  readonly others: OthersShare;
  /** What this replica has in flight on the agent. */
  readonly ours: ReadonlyMap<string, number>;
}

export interface BuildViewDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** Applied to signatures; see createIntern. */
  readonly intern: (text: string) => string;
}

/** The record as balancers see it, with this replica's share replaced by its exact counts. */
export function buildView(parts: ViewParts, deps: BuildViewDeps): AgentView {
  return new LiveView(parts, deps);
}

/**
 * A class for speed alone: a getter in an object literal gives each object a shape of its own, and balancers that read a
 * thousand shapes take five times as long.
 */
class LiveView implements AgentView {
  readonly id;
  readonly name;
  readonly labels;
  readonly tier;
  readonly weight;
  readonly models;
  readonly runners;
  readonly maxRunners;
  readonly slots;
  readonly inFlight;
  readonly speed;
  readonly foreign;
  readonly cpuLoad;
  readonly memoryLoad;
  readonly vramFreeBytes;
  readonly firstByteMs = undefined;
  readonly suspect;
  readonly #heardAtMs;
  readonly #clock;

  constructor({ record, models, others, ours }: ViewParts, { clock, intern }: BuildViewDeps) {
    const hasGpu = record.metrics.gpus.length > 0;
    this.id = record.id;
    this.name = record.name;
    this.labels = record.labels;
    this.tier = record.tier;
    this.weight = record.weight;
    this.models = models;
    this.runners = buildRunners(record, others, ours).map((runner) => ({ ...runner, signature: intern(runner.signature) }));
    this.maxRunners = record.maxRunners;
    this.slots = record.slots;
    this.inFlight = others.total + sum(ours.values());
    this.speed = (model: ModelName, concurrency: number) => priorSpeed(models.get(model)?.sizeBytes ?? 0, hasGpu, concurrency);
    this.foreign = others.foreign;
    this.cpuLoad = record.metrics.cpu;
    this.memoryLoad = record.metrics.memory;
    this.vramFreeBytes = vramFreeBytes(record);
    this.suspect = record.status === 'suspect';
    this.#heardAtMs = record.lastSeenAtMs ?? record.registeredAtMs;
    this.#clock = clock;
  }

  get heardMsAgo(): number {
    return Math.max(0, this.#clock.now() - this.#heardAtMs);
  }
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/** The reported runners, and those that our own requests are making the agent load. */
function buildRunners(record: AgentRecord, others: OthersShare, ours: ReadonlyMap<string, number>): readonly Runner[] {
  const runners = record.runners.map((report, index) =>
    reported(report, (others.byRunner[index] ?? 0) + (ours.get(report.signature) ?? 0)),
  );
  for (const [signature, inFlight] of ours) {
    if (record.runners.some((report) => report.signature === signature)) continue;
    runners.push({ signature, slots: record.slots, inFlight, state: 'loading', vramBytes: 0, warm: NOT_WARM });
  }
  return runners;
}

function reported(report: RunnerReport, inFlight: number): Runner {
  const { signature, slots, state, vram_bytes: vramBytes } = report;
  return { signature, slots, inFlight, state, vramBytes, warm: NOT_WARM };
}

/** Undefined where no GPU says both what it has and what it uses. */
function vramFreeBytes(record: AgentRecord): number | undefined {
  let free: number | undefined;
  for (const { vram_bytes: total, vram_used_bytes: used } of record.metrics.gpus) {
    if (total !== undefined && used !== undefined) free = (free ?? 0) + Math.max(0, total - used);
  }
  return free;
}

export function modelsOnDisk(models: ReadonlyMap<ModelName, ModelReport>): ReadonlyMap<ModelName, ModelOnDisk> {
  return new Map([...models].map(([name, { digest, size_bytes: sizeBytes }]) => [name, { name, digest, sizeBytes }]));
}
