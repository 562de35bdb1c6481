import type { Clock, ModelReport, RunnerReport } from '@ollama-coordinator/common';
import type { AgentView, ModelName, ModelOnDisk, Runner } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import { priorSpeed } from './speed-priors.js';

/** Key under which an agent reports requests that no coordinator sent. */
const FOREIGN = 'foreign';
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
    if (replica !== replicaId && replica !== FOREIGN) total += count;
  }
  const foreign = record.inFlightByReplica[FOREIGN] ?? 0;
  const reportedOfUs = record.inFlightByReplica[replicaId] ?? 0;
  const byRunner = record.runners.map((runner) => {
    const own = Math.min(ours.get(runner.signature) ?? 0, reportedOfUs);
    return Math.min(Math.max(runner.in_flight - own, 0), total + foreign);
  });
  return { total, byRunner, foreign };
}

/** The record as balancers see it, with this replica's share replaced by its exact counts. */
export function buildView(
  record: AgentRecord,
  models: ReadonlyMap<ModelName, ModelOnDisk>,
  others: OthersShare,
  ours: ReadonlyMap<string, number>,
  clock: Pick<Clock, 'now'>,
): AgentView {
  const heardAtMs = record.lastSeenAtMs ?? record.registeredAtMs;
  const hasGpu = record.metrics.gpus.length > 0;
  let own = 0;
  for (const count of ours.values()) own += count;
  return {
    id: record.id,
    name: record.name,
    labels: record.labels,
    tier: record.tier,
    weight: record.weight,
    models,
    runners: buildRunners(record, others, ours),
    maxRunners: record.maxRunners,
    slots: record.slots,
    inFlight: others.total + own,
    speed: (model, concurrency) => priorSpeed(models.get(model)?.sizeBytes ?? 0, hasGpu, concurrency),
    foreign: others.foreign,
    cpuLoad: record.metrics.cpu,
    memoryLoad: record.metrics.memory,
    vramFreeBytes: vramFreeBytes(record),
    firstByteMs: undefined,
    get heardMsAgo() {
      return Math.max(0, clock.now() - heardAtMs);
    },
    suspect: record.status === 'suspect',
  };
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
