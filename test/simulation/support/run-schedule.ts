import { quiesce } from '#simulator/time/quiesce.js';
import { runUntil } from '#simulator/time/run-until.js';
import { inject } from './faults.js';
import { FLOOD_WITHIN_MS, planFlood, startFlood } from './flood.js';
import { checkAtRest, createApartCheck, violating, watchSends } from './invariants.js';
import { watchOvertaking } from './overtaking.js';
import { generateSchedule, type Schedule } from './schedule.js';
import { createWorld, type World } from './world.js';

export interface ScheduleResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly requests: number;
  readonly completed: number;
  readonly attempts: number;
  readonly events: number;
  /** Whether a request waited for the right to a further attempt. */
  readonly budgetSpent: boolean;
}

/** After the last fault: watches come back, models load, ejections end, everything is served. */
const SETTLE_MS = 60_000;
/** After the last request: counters, windows and reports come to rest. */
const REST_MS = 12_000;
const CHECK_MS = 250;

/** Every so many seeds are about fairness alone. */
const FLOOD_EVERY = 10;

export function runSeed(seed: number): Promise<ScheduleResult> {
  return seed % FLOOD_EVERY === 0 ? runFlood(seed) : runSchedule(generateSchedule(seed));
}

/** Callers that send one at a time beside others that flood: none of them may wait longer than is proven. */
async function runFlood(seed: number): Promise<ScheduleResult> {
  const plan = planFlood(seed);
  const world = createWorld(plan.schedule);
  start(world);
  const flood = startFlood(world, plan);
  await quiesce();
  let events = 0;
  while (!flood.isOver() && world.clock.nowMs() < FLOOD_WITHIN_MS) events += await run(world, world.clock.nowMs() + 1000);
  flood.check();
  for (const replica of world.replicas) replica?.kill();
  return toResult(world, events);
}

/** Lets a schedule happen, and holds the outcome against the invariants. */
async function runSchedule(schedule: Schedule): Promise<ScheduleResult> {
  const world = createWorld(schedule);
  const { clock } = world;
  const checkOvertaking = watchOvertaking(world);
  watchSends(world);
  start(world);
  for (const arrival of schedule.arrivals) clock.at(arrival.atMs, () => world.arrive(arrival));
  for (const fault of schedule.faults) clock.at(fault.atMs, () => inject(world, fault));
  const checkApart = createApartCheck(world);
  let budgetSpent = false;
  const check = () => {
    checkApart();
    budgetSpent ||= world.replicas.some((replica) => (replica?.retries.inspect().waiting ?? 0) > 0);
    clock.at(clock.nowMs() + CHECK_MS, check);
  };
  clock.at(CHECK_MS, check);

  await quiesce();
  const isDone = () => [...world.requests.values()].every(({ outcomes, replica }) => outcomes.length > 0 || replica.clock.isDead());
  let events = await run(world, schedule.healMs + 1);
  while (!isDone() && clock.nowMs() < schedule.healMs + SETTLE_MS) events += await run(world, clock.nowMs() + 1000);
  if (!isDone()) {
    for (const { arrival, outcomes } of world.requests.values()) {
      if (outcomes.length === 0) violating(world)(`${arrival.id} has waited since ${arrival.atMs.toFixed(0)} ms`);
    }
  }
  events += await run(world, clock.nowMs() + REST_MS);
  checkOvertaking();
  checkAtRest(world);
  for (const replica of world.replicas) replica?.kill();
  return toResult(world, events, budgetSpent);
}

function start(world: World): void {
  for (let place = 0; place < world.schedule.replicas; place += 1) world.startReplica(place);
  for (const agent of world.agents.values()) world.clock.at(20, agent.start);
}

function run({ clock, replicas }: World, endMs: number): Promise<number> {
  return runUntil(clock, endMs, () => replicas.flatMap((replica) => replica?.fleet ?? []));
}

function toResult({ schedule, violations, requests }: World, events: number, budgetSpent = false): ScheduleResult {
  let completed = 0;
  let attempts = 0;
  for (const { outcomes, receivedMs } of requests.values()) {
    if (outcomes[0]?.status === 'completed') completed += 1;
    attempts += receivedMs.length;
  }
  return { seed: schedule.seed, violations, requests: requests.size, completed, attempts, events, budgetSpent };
}
