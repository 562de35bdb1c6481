import { type Clock, type ModelReport, modelOfSignature, type RunnerReport, type RunnerSignature } from '@ollama-coordinator/common';
import type { AgentView, ModelName, ModelOnDisk, Runner } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import { foreignRequests } from '../registry/foreign-requests.js';
import { expectRunner } from './expect-runner.js';
import type { Expectations } from './learned/expectations.js';
import { lateFromMs, type RunningAttempt, type RunningOn, slowness } from './running-attempts.js';
import type { WarmBlocks } from './warm-prefixes.js';

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
  /** The same, one by one. */
  readonly running: RunningOn;
  readonly speed: AgentView['speed'];
}

export interface BuildViewDeps {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly expectations: Expectations;
  /** Runners of the fleet that serve a signature. */
  readonly copiesOf: (signature: RunnerSignature) => number;
  /** Blocks that a runner holds from earlier prompts. */
  readonly warmOn: (agent: string, signature: RunnerSignature) => WarmBlocks;
  /** Applied to signatures; see createIntern. */
  readonly intern: (text: string) => string;
}

/** The record as balancers see it, with this replica's share replaced by its exact counts. */
export function buildView(parts: ViewParts, deps: BuildViewDeps): AgentView {
  return new LiveView(parts, deps);
}

/**
 * A class for speed alone: a getter in an object literal gives each object a shape of its own, and balancers that read a
 * thousand shapes take five times as long. The fields are declared only: a field that is defined and then written is work twice.
 */
class LiveView implements AgentView {
  declare readonly id: AgentView['id'];
  declare readonly name: AgentView['name'];
  declare readonly labels: AgentView['labels'];
  declare readonly tier: AgentView['tier'];
  declare readonly weight: AgentView['weight'];
  declare readonly models: AgentView['models'];
  declare readonly runners: AgentView['runners'];
  declare readonly maxRunners: AgentView['maxRunners'];
  declare readonly maxRunnerBytes: AgentView['maxRunnerBytes'];
  declare readonly slots: AgentView['slots'];
  declare readonly inFlight: AgentView['inFlight'];
  declare readonly speed: AgentView['speed'];
  declare readonly foreign: AgentView['foreign'];
  declare readonly cpuLoad: AgentView['cpuLoad'];
  declare readonly memoryLoad: AgentView['memoryLoad'];
  declare readonly vramFreeBytes: AgentView['vramFreeBytes'];
  declare readonly firstByteMs: AgentView['firstByteMs'];
  declare readonly lateFromMs: AgentView['lateFromMs'];
  declare readonly heldUpUntilMs: AgentView['heldUpUntilMs'];
  declare readonly slowness: AgentView['slowness'];
  declare readonly suspect: AgentView['suspect'];
  readonly #heardAtMs;
  readonly #clock;

  constructor(parts: ViewParts, deps: BuildViewDeps) {
    const { record, models, others, ours } = parts;
    this.id = record.id;
    this.name = record.name;
    this.labels = record.labels;
    this.tier = record.tier;
    this.weight = record.weight;
    this.models = models;
    this.speed = parts.speed;
    this.runners = buildRunners(parts, deps);
    this.maxRunners = record.maxRunners;
    this.maxRunnerBytes = record.maxRunnerBytes;
    this.slots = record.slots;
    this.inFlight = others.total + sum(ours.values());
    this.foreign = others.foreign;
    this.cpuLoad = record.metrics.cpu;
    this.memoryLoad = record.metrics.memory;
    this.vramFreeBytes = vramFreeBytes(record);
    this.firstByteMs = undefined;
    this.lateFromMs = pickFigure(parts.running, lateFromMs, Math.min);
    this.heldUpUntilMs = heldUpUntilMs(this.runners);
    this.slowness = pickFigure(parts.running, slowness, Math.max);
    this.suspect = record.status === 'suspect';
    this.#heardAtMs = record.lastSeenAtMs ?? record.registeredAtMs;
    this.#clock = deps.clock;
  }

  get heardMsAgo(): number {
    return Math.max(0, this.#clock.now() - this.#heardAtMs);
  }
}

/** A figure of what runs on the agent: the least or the greatest of those that have one. */
function pickFigure(
  running: RunningOn,
  figureOf: (attempt: RunningAttempt) => number | undefined,
  pick: (one: number, other: number) => number,
): number | undefined {
  let picked: number | undefined;
  for (const attempts of running.values()) {
    for (const attempt of attempts) {
      const figure = figureOf(attempt);
      if (figure !== undefined) picked = picked === undefined ? figure : pick(picked, figure);
    }
  }
  return picked;
}

function heldUpUntilMs(runners: readonly Runner[]): number | undefined {
  let untilMs: number | undefined;
  for (const { state, inFlight, readyAtMs } of runners)
    if (state === 'loading' && inFlight > 1 && readyAtMs !== undefined) untilMs = Math.max(untilMs ?? readyAtMs, readyAtMs);
  return untilMs;
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

const NOTHING_RUNS: readonly RunningAttempt[] = [];

type ReportedRunner = Pick<RunnerReport, 'signature' | 'slots' | 'state' | 'vram_bytes'>;

/** The reported runners, and those that our own requests are making the agent load. */
function buildRunners({ record, others, ours, running, speed }: ViewParts, deps: BuildViewDeps): readonly Runner[] {
  const nowMs = deps.clock.monotonic();
  const build = (report: ReportedRunner, othersOnIt: number): Runner => {
    const { slots, state, vram_bytes: vramBytes } = report;
    const signature = deps.intern(report.signature);
    const model = modelOfSignature(signature);
    const inFlight = othersOnIt + (ours.get(signature) ?? 0);
    const load = {
      slots,
      state,
      ours: running.get(signature) ?? NOTHING_RUNS,
      others: othersOnIt,
      meanServiceS: () => deps.expectations.outputTokens(model, '').mean / speed(model, Math.max(1, inFlight)).decodeTokensPerS.mean,
      loadS: () => speed(model, 1).loadS.mean,
    };
    const isPinned = record.kept?.some((kept) => kept.pinned && kept.model === model) === true;
    const { readyAtMs, busyUntilMs, idleAtMs } = expectRunner(load, nowMs);
    const demand = deps.expectations.demandPerS(signature);
    const { warm, warmBytes } = deps.warmOn(record.id, signature);
    return {
      signature,
      slots,
      inFlight,
      state,
      vramBytes,
      readyAtMs,
      busyUntilMs,
      idleAtMs,
      reloadS: speed(model, 1).loadS.mean,
      demandPerS: demand && demand / Math.max(1, deps.copiesOf(signature)),
      ...(isPinned ? { pinned: true } : {}),
      warm,
      warmBytes,
    };
  };
  const runners = record.runners.map((report, index) => build(report, others.byRunner[index] ?? 0));
  for (const signature of ours.keys()) {
    if (record.runners.some((report) => report.signature === signature)) continue;
    runners.push(build({ signature, slots: record.slots, state: 'loading', vram_bytes: 0 }, 0));
  }
  return runners;
}

/** Undefined where no GPU says both what it has and what it uses. */
export function vramFreeBytes(record: AgentRecord): number | undefined {
  let free: number | undefined;
  for (const { vram_bytes: total, vram_used_bytes: used } of record.metrics.gpus) {
    if (total !== undefined && used !== undefined) free = (free ?? 0) + Math.max(0, total - used);
  }
  return free;
}

export function modelsOnDisk(models: ReadonlyMap<ModelName, ModelReport>): ReadonlyMap<ModelName, ModelOnDisk> {
  return new Map([...models].map(([name, { digest, size_bytes: sizeBytes }]) => [name, { name, digest, sizeBytes }]));
}
