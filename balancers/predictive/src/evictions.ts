import {
  type AgentView,
  bytesLacking,
  bytesOfRunner,
  isOfModel,
  MOST_RUNNERS,
  type RequestFacts,
  type Runner,
  runnersLacking,
} from '@ollama-coordinator/common/balancing';
import type { PredictiveOptions } from './options.js';

/** What making room for a further runner takes on an agent. */
export interface Room {
  /** Seconds until the runners that go are idle. */
  waitS: number;
  /** Seconds that it costs those who want them again. */
  priceS: number;
  /** The runners that go, one bit each by their place. */
  victims: number;
  /** The runner of the same model, with other options, that this one takes the place of. */
  replaced: Runner | undefined;
}

/** For `makeRoom` to write into. */
export function emptyRoom(): Room {
  return { waitS: 0, priceS: 0, victims: 0, replaced: undefined };
}

/** A runner that is being unloaded is gone within about this. */
const UNLOADING_S = 1;

/**
 * Finds the cheapest room for the request's runner on an agent that does not have it: which runners go, each once it is idle.
 * Writes into `room`, so that nothing is allocated per agent and request.
 */
export function makeRoom(request: RequestFacts, agent: AgentView, nowMs: number, options: PredictiveOptions, room: Room): void {
  room.waitS = 0;
  room.priceS = 0;
  room.victims = 0;
  room.replaced = undefined;
  const toReload = otherOptions(request, agent);
  if (toReload >= 0) {
    // Ollama holds a model once: with other load options it is loaded again, in the same room.
    evict(toReload, request, agent, nowMs, options, room);
    room.replaced = agent.runners[toReload];
    return;
  }
  let runners = runnersLacking(agent);
  let bytes = bytesLacking(agent, request.model);
  while (runners > 0 || bytes > 0) {
    const cheapest = cheapestOf(request, agent, nowMs, options, room.victims);
    const victim = agent.runners[cheapest];
    if (victim === undefined) return;
    evict(cheapest, request, agent, nowMs, options, room);
    runners -= 1;
    bytes -= bytesOfRunner(agent, victim);
  }
}

/** Their signatures, the first one first. */
export function victimsOf({ runners }: AgentView, { victims }: Room): readonly string[] {
  return runners.filter((_, index) => (victims & (1 << index)) !== 0).map(({ signature }) => signature);
}

function evict(index: number, request: RequestFacts, { runners }: AgentView, nowMs: number, options: PredictiveOptions, room: Room): void {
  const runner = runners[index];
  if (runner === undefined) return;
  room.victims |= 1 << index;
  room.waitS = Math.max(room.waitS, idleInS(runner, nowMs));
  room.priceS += priceOf(runner, request, options);
}

function otherOptions({ model, signature }: RequestFacts, { runners }: AgentView): number {
  for (let index = 0; index < runners.length; index += 1) {
    const runner = runners[index];
    if (runner !== undefined && runner.signature !== signature && isOfModel(runner.signature, model)) return index;
  }
  return -1;
}

/** Of the runners that stay so far. What waits for one to be idle costs as well. */
function cheapestOf(request: RequestFacts, { runners }: AgentView, nowMs: number, options: PredictiveOptions, victims: number): number {
  let cheapest = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < Math.min(runners.length, MOST_RUNNERS); index += 1) {
    const runner = runners[index];
    if (runner === undefined || runner.pinned === true || (victims & (1 << index)) !== 0) continue;
    const costS = priceOf(runner, request, options) + idleInS(runner, nowMs);
    if (costS >= least) continue;
    least = costS;
    cheapest = index;
  }
  return cheapest;
}

/** Seconds until nothing runs on it. */
export function idleInS(runner: Runner, nowMs: number): number {
  if (runner.inFlight === 0) return runner.state === 'unloading' ? UNLOADING_S : 0;
  return runner.idleAtMs === undefined ? 0 : Math.max(0, runner.idleAtMs - nowMs) / 1000;
}

/**
 * What it costs that a model is held with other options for `heldS`, beside the reload that follows: whoever comes for it meanwhile waits for
 * the rest of that, and for the reload. Another model would find another place; this one has no second.
 */
export function holdingPrice({ reloadS = 0, demandPerS = 0 }: Runner, heldS: number, { queue }: RequestFacts): number {
  return (demandPerS * heldS * (heldS / 2 + reloadS)) / (1 + (queue?.behind ?? 0));
}

/**
 * What it costs that the runner goes: whoever wants it next waits for its reload, and so do those who come meanwhile. The
 * rarer it is wanted, the less likely that is within the horizon; what waits for it already certainly waits longer. Who
 * stands behind this request in its line shares the price, since they use what is loaded too.
 */
function priceOf(runner: Runner, { queue }: RequestFacts, { evictionHorizonS }: PredictiveOptions): number {
  const { reloadS = 0, demandPerS = 0, state } = runner;
  if (state === 'unloading') return 0;
  const waiting = queue?.waiting.get(runner.signature) ?? 0;
  const isWanted = waiting > 0 ? 1 : 1 - Math.exp(-demandPerS * evictionHorizonS);
  const delayed = 1 + waiting + (demandPerS * reloadS) / 2;
  return (reloadS * isWanted * delayed) / (1 + (queue?.behind ?? 0));
}
