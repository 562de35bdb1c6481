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

/** Seconds until an agent has room for a further runner, and what it costs those whose models make room. */
export interface Room {
  waitS: number;
  priceS: number;
}

/** A runner that is being unloaded is gone within about this. */
const UNLOADING_S = 1;

/**
 * What making room for the request's runner takes on an agent that does not have it: the cheapest runners go, each once it
 * is idle. Writes into `room`, which it returns, so that nothing is allocated per agent and request.
 */
export function makeRoom(request: RequestFacts, agent: AgentView, nowMs: number, options: PredictiveOptions, room: Room): Room {
  room.waitS = 0;
  room.priceS = 0;
  forEachVictim(request, agent, nowMs, options, (victim, priceS) => {
    room.waitS = Math.max(room.waitS, idleInS(victim, nowMs));
    room.priceS += priceS;
  });
  return room;
}

/** The runners that should go, the cheapest first. */
export function victimsOf(request: RequestFacts, agent: AgentView, nowMs: number, options: PredictiveOptions): readonly Runner[] {
  const victims: Runner[] = [];
  forEachVictim(request, agent, nowMs, options, (victim) => victims.push(victim));
  return victims;
}

function forEachVictim(
  request: RequestFacts,
  agent: AgentView,
  nowMs: number,
  options: PredictiveOptions,
  visit: (victim: Runner, priceS: number) => void,
): void {
  const { model, signature } = request;
  const { runners } = agent;
  let toReload: Runner | undefined;
  for (const runner of runners) if (isOfModel(runner.signature, model) && runner.signature !== signature) toReload = runner;
  // Ollama holds a model once: with other load options it is loaded again, in the same room.
  if (toReload) {
    visit(toReload, priceOf(toReload, request, options));
    return;
  }
  let lackingRunners = runnersLacking(agent);
  let lackingBytes = bytesLacking(agent, model);
  const count = Math.min(runners.length, MOST_RUNNERS);
  for (let visited = 0, step = 0; step < count && (lackingRunners > 0 || lackingBytes > 0); step += 1) {
    let cheapest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let index = 0; index < count; index += 1) {
      const runner = runners[index];
      if (runner === undefined || (visited & (1 << index)) !== 0) continue;
      // What waits for it to be idle costs as well.
      const costS = priceOf(runner, request, options) + idleInS(runner, nowMs);
      if (costS < least) {
        least = costS;
        cheapest = index;
      }
    }
    const victim = runners[cheapest];
    if (victim === undefined) return;
    visited |= 1 << cheapest;
    visit(victim, priceOf(victim, request, options));
    lackingRunners -= 1;
    lackingBytes -= bytesOfRunner(agent, victim);
  }
}

/** Seconds until nothing runs on it. */
export function idleInS(runner: Runner, nowMs: number): number {
  if (runner.inFlight === 0) return runner.state === 'unloading' ? UNLOADING_S : 0;
  return runner.idleAtMs === undefined ? 0 : Math.max(0, runner.idleAtMs - nowMs) / 1000;
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
