import { GRANT_LEASE_MS, type Random, seededRandom } from '@ollama-coordinator/common';
import { violating } from './invariants.js';
import type { Arrival, Schedule } from './schedule.js';
import type { Followed, World } from './world.js';

export interface FloodPlan {
  readonly schedule: Schedule;
  readonly random: Random;
  /** Callers that keep many waiting, and how many requests each sends. */
  readonly flooders: readonly { readonly caller: string; readonly priority: Arrival['priority']; readonly requests: number }[];
  /** Callers that send one at a time. */
  readonly singles: readonly string[];
  readonly longestServiceMs: number;
  /** Time that a single caller leaves between its requests, so that it asks for no more than its share of the slots. */
  readonly pauseMs: number;
}

const MODEL = 'llama3:latest';
/** The fleet is up. */
const START_MS = 3000;
/** Every agent holds the model. */
const SINGLES_FROM_MS = START_MS + 2500;
/** There and back in less than an agent keeps a granted slot, so that none runs out on its way. */
const MOST_DELAY_MS = GRANT_LEASE_MS / 2 - 1;
/**
 * What a caller who sends one at a time may wait beyond the answers that run. Its request finds no slot at an agent that
 * seemed to have one, and comes back; a slot is asked for, and granted; it goes there: five messages, each MOST_DELAY_MS late
 * at the very most.
 */
const SLACK_MS = 250;
/** Every flood is over by then. */
export const FLOOD_WITHIN_MS = 300_000;

export function planFlood(seed: number): FloodPlan {
  const random = seededRandom(seed);
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const from = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const agents = Array.from({ length: 1 + upTo(2) }, () => ({ slots: 1 + upTo(2), maxRunners: 1, models: [MODEL], errorShare: 0 }));
  const slots = agents.reduce((sum, agent) => sum + agent.slots, 0);
  const meanServiceMs = from([60, 200, 600]);
  const schedule: Schedule = {
    seed,
    replicas: 1 + upTo(2),
    agents,
    balancer: from(['least-connections', 'least-connections', 'round-robin', 'load-based']),
    meanServiceMs,
    queueLimit: 4000,
    // A flood of batch work gives way to people for longer than a usual queue lets anybody wait.
    queueTimeoutMs: FLOOD_WITHIN_MS,
    mostDelayMs: MOST_DELAY_MS,
    arrivals: [],
    faults: [],
    healMs: START_MS,
  };
  const count = 1 + upTo(1);
  const flooders = Array.from({ length: count }, (_, index) => ({
    caller: `flooder-${index}`,
    priority: random() < 0.2 ? ('batch' as const) : ('interactive' as const),
    requests: Math.ceil(Math.max(36, (8000 / meanServiceMs) * slots) / count),
  }));
  const singles = Array.from({ length: 1 + upTo(1) }, (_, index) => `single-${index}`);
  const longestServiceMs = 1.5 * meanServiceMs;
  // One answer, and the wait until the first of the slots is free, in the time in which each caller has its turn.
  const pauseMs = longestServiceMs * Math.max(0, (flooders.length + singles.length - 1) / slots - 1);
  return { schedule, random, flooders, singles, longestServiceMs, pauseMs };
}

/** Lets the flood come, and callers beside it who send one request at a time, to each replica in turn. */
export function startFlood(world: World, plan: FloodPlan) {
  const { schedule, random, flooders, singles } = plan;
  const { clock } = world;
  const slots = schedule.agents.reduce((sum, agent) => sum + agent.slots, 0);
  const waiting = () => world.replicas.reduce((sum, replica) => sum + (replica?.lines.waiting() ?? 0), 0);
  const arrive = (caller: string, index: number, priority: Arrival['priority'] = 'interactive') => {
    const rest = { numCtx: undefined, leavesAtMs: undefined, replica: index % schedule.replicas };
    world.arrive({ atMs: clock.nowMs(), id: `${caller}.${index}`, caller, model: MODEL, priority, ...rest });
  };
  function sendNext(caller: string, index: number): void {
    // The last of the flood no longer hold anybody up.
    if (waiting() < 3 * slots) return;
    arrive(caller, index);
    const pauseMs = plan.pauseMs + (random() < 0.5 ? 1 : 300 * random());
    const next = () => void clock.at(clock.nowMs() + pauseMs, () => sendNext(caller, index + 1));
    world.requests.get(`${caller}.${index}`)?.client.res.once('close', next);
  }
  for (const { caller, priority, requests } of flooders) {
    for (let index = 0; index < requests; index += 1) clock.at(START_MS + 300 * random(), () => arrive(caller, index, priority));
  }
  for (const caller of singles) clock.at(SINGLES_FROM_MS + 300 * random(), () => sendNext(caller, 0));
  return {
    isOver: () => clock.nowMs() > SINGLES_FROM_MS + 1000 && [...world.requests.values()].every(({ outcomes }) => outcomes.length > 0),
    check: () => checkWaits(world, plan),
  };
}

/**
 * A caller who sends one at a time waits for the first slot that becomes free at an agent that it may go to, since of all
 * who want that slot it is owed most: at most for one answer, and for one more of each other caller of its kind.
 */
function checkWaits(world: World, { singles, longestServiceMs }: FloodPlan): void {
  const violate = violating(world);
  const boundMs = singles.length * longestServiceMs + SLACK_MS;
  for (const followed of world.requests.values()) {
    const { id, caller, atMs } = followed.arrival;
    const status = followed.outcomes[0]?.status;
    if (status !== 'completed') violate(`${id} is ${status ?? 'not over'}`);
    if (!singles.includes(caller) || waitMs(followed) <= boundMs) continue;
    violate(`${id}, sent at ${atMs.toFixed(0)} ms, waited ${waitMs(followed).toFixed(0)} ms beside a flood, ${boundMs} ms at most`);
  }
}

/** Until an Ollama had it. */
function waitMs({ arrival, receivedMs }: Followed): number {
  return (receivedMs[0] ?? Number.POSITIVE_INFINITY) - arrival.atMs;
}
