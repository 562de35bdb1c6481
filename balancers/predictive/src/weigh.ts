import {
  type AgentView,
  type Estimate,
  type LearnedSpeed,
  type Moment,
  prefillSeconds,
  type RequestFacts,
  type Runner,
  requestsAhead,
  runnerOf,
  warmTokensOn,
} from '@ollama-coordinator/common/balancing';
import { emptyRoom, holdingPrice, idleInS, makeRoom } from './evictions.js';
import type { PredictiveOptions } from './options.js';

/** The terms of the cost, in seconds, in the order in which they come to pass. */
export const PARTS = ['wait', 'load', 'eviction', 'prefill', 'decode', 'crowding penalty', 'suspect penalty'] as const;

/** Places of the terms. */
export const WAIT = 0;
export const LOAD = 1;
export const EVICTION = 2;
export const PREFILL = 3;
export const DECODE = 4;
const CROWDING = 5;
const SUSPECT = 6;

/** A wait that is over by the clock, and is not. */
const OVERDUE_S = 0.2;

const room = emptyRoom();

/**
 * Seconds in which the agent is expected to finish the request, and what that costs others. Writes the terms into `parts`
 * and returns their sum. It is asked for every candidate of every request: nothing is allocated. Pure.
 */
export function weigh(request: RequestFacts, agent: AgentView, at: Moment, options: PredictiveOptions, parts: Float64Array): number {
  const nowMs = at.monotonicMs;
  const runner = runnerOf(agent, request.signature);
  const isFree = requestsAhead(agent, request.model, request.signature) === 0;
  const running = runner ? Math.min(runner.inFlight, runner.slots - 1) : 0;
  const speed = agent.speed(request.model, running + 1);
  const { queue } = request;
  parts[EVICTION] = 0;
  let waitS = 0;
  if (!runner) {
    makeRoom(request, agent, nowMs, options, room);
    parts[EVICTION] = room.priceS;
    waitS = room.waitS;
  } else if (!isFree) waitS = slotWaitS(runner, nowMs);
  if (!isFree) {
    waitS = Math.max(waitS, OVERDUE_S) + (queue?.aheadS ?? 0);
    if (!runner && queue && queue.promisedS.size > 0) waitS += queue.promisedS.get(agent.id) ?? 0;
  }
  // Who comes for the model that is loading waits for that load anyway.
  if (agent.heldUpUntilMs !== undefined && runner?.state !== 'loading') waitS = Math.max(waitS, (agent.heldUpUntilMs - nowMs) / 1000);
  // What holds one request up holds up all, and as long again as it did already: Ollama unloads a model for somebody, or hangs.
  if (agent.lateFromMs !== undefined && agent.lateFromMs < nowMs) waitS += (nowMs - agent.lateFromMs) / 1000;
  parts[WAIT] = waitS;
  const guess = options.optimism * (agent.slowness ?? 1);
  parts[LOAD] = loadS(runner, isFree ? 0 : waitS, speed, nowMs, guess);
  const warmTokens = runner ? warmTokensOn(runner, request) : 0;
  parts[PREFILL] = (speed.overheadS ?? 0) + prefillSeconds(request, warmTokens, speed) * hope(speed.prefillTokensPerS, guess);
  const decodeS = (request.outputTokens.mean / speed.decodeTokensPerS.mean) * hope(speed.decodeTokensPerS, guess);
  parts[DECODE] = decodeS;
  if (!runner && room.replaced) parts[EVICTION] += holdingPrice(room.replaced, waitS + parts[LOAD] + parts[PREFILL] + decodeS, request);
  parts[CROWDING] = running === 0 ? 0 : options.crowdingWeight * crowdingS(request, agent, running, speed, decodeS);
  parts[SUSPECT] = agent.suspect ? options.suspectPenaltyS : 0;
  let sum = 0;
  for (const part of parts) sum += part;
  return sum;
}

/** Until the next slot of a full runner is free; what stands before this request beyond its slots waits as well. */
function slotWaitS(runner: Runner, nowMs: number): number {
  const { busyUntilMs, inFlight, slots } = runner;
  const nextS = busyUntilMs === undefined ? 0 : (busyUntilMs - nowMs) / 1000;
  return inFlight <= slots ? nextS : nextS + ((inFlight - slots) / slots) * idleInS(runner, nowMs);
}

/** A load under way goes on while the request waits for its slot. */
function loadS(runner: Runner | undefined, waitS: number, { loadS: load }: LearnedSpeed, nowMs: number, guess: number): number {
  if (runner === undefined) return load.mean * hope(load, guess);
  if (runner.state !== 'loading') return 0;
  return runner.readyAtMs === undefined ? load.mean : Math.max(0, (runner.readyAtMs - nowMs) / 1000 - waitS);
}

/** What is not measured is hoped to be good, within bounds: else nobody would ever measure it. Unless something there is seen to be slow. */
function hope({ from }: Estimate, guess: number): number {
  return from === 'prior' ? guess : 1;
}

/** By how much those beside it take longer, on the mean half of them still to come. */
function crowdingS({ model }: RequestFacts, agent: AgentView, running: number, speed: LearnedSpeed, decodeS: number): number {
  const slowdown = agent.speed(model, running).decodeTokensPerS.mean / speed.decodeTokensPerS.mean - 1;
  return (running * Math.max(0, slowdown) * decodeS) / 2;
}
