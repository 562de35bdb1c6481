import { findRunner, type GateRunner, type GateState, isPinned, type Want } from './gate-state.js';
import { inOrder, otherOptionsOf, planFor, wantsOf } from './plan.js';
import { fitsWithout } from './room.js';

/**
 * A model that was loaded stays for at least this long, and this many times as long as its load took, while somebody wants
 * it: loading takes a bounded share of the machine's time then, whatever is asked of it. Within the last bound nobody's wait
 * for his turn comes near to what callers put up with.
 */
export const RESIDENCY = { leastMs: 10_000, loads: 4, mostMs: 90_000 };
/** Of a load that the gate did not see. */
const ASSUMED_LOAD_MS = 10_000;

/**
 * Closes runners for a request that has waited too long for their memory: they finish what runs on them and take nothing
 * else. One request at a time, the one that waits longest; when it is gone they open again. Returns whether anything changed.
 */
export function updateClaims(state: GateState, nowMs: number): boolean {
  // What is promised to make room must not open before it has: whoever holds the grant comes with it in a moment.
  const promised = [...state.leases.values()].flatMap(({ victims }) => victims);
  const closing = new Set([...promised, ...toClose(state, nowMs)]);
  let hasChanged = false;
  for (const runner of state.runners) {
    if (runner.closing === closing.has(runner)) continue;
    runner.closing = closing.has(runner);
    hasChanged = true;
  }
  return hasChanged;
}

/** Whether a request waits for a load that nothing makes room for: time alone may change that. */
export function mayClaim(state: GateState): boolean {
  return state.wants.size > 0 && claimants(state).length > 0;
}

function toClose(state: GateState, nowMs: number): readonly GateRunner[] {
  if (state.wants.size === 0) return [];
  for (const want of claimants(state)) {
    const other = otherOptionsOf(state, want.signature);
    const victims = other ? [other] : roomMakers(state, want);
    if (victims.length > 0 && victims.every((runner) => mayBeClosed(state, runner, want, nowMs))) return victims;
  }
  return [];
}

/** Wants that need a load for which there is no room, nor a lease that promises it, the longest waiting first. */
function claimants(state: GateState): readonly Want[] {
  const promised = new Set([...state.leases.values()].map(({ want }) => want));
  const wants = [...state.watching].flatMap((replica) => state.wants.get(replica) ?? []);
  return wants
    .filter((want) => want.waiting > 0 && !promised.has(want) && !findRunner(state, want.signature) && waitsForRoom(state, want))
    .sort((one, other) => one.priority - other.priority || one.sinceMs - other.sinceMs);
}

function waitsForRoom(state: GateState, { signature, evict }: Want): boolean {
  return planFor(state, signature, evict).kind === 'busy';
}

/** The runners that would make room if they were idle: those that close already, then as the coordinator prefers. */
function roomMakers(state: GateState, { signature, evict }: Want): readonly GateRunner[] {
  const loaded = inOrder(
    [...state.runners].filter((runner) => !isPinned(state, runner)),
    evict,
  );
  const leaving = new Set<GateRunner>();
  for (const runner of [...loaded.filter(({ closing }) => closing), ...loaded.filter(({ closing }) => !closing)]) {
    leaving.add(runner);
    if (fitsWithout(state, signature, leaving)) return [...leaving];
  }
  return [];
}

/**
 * A wanted runner stays its time, and the claimant must have waited that much longer than whoever waits for it, or twice that
 * time: where everybody waits long, each model has its turn.
 */
function mayBeClosed(state: GateState, runner: GateRunner, claimant: Want, nowMs: number): boolean {
  if (runner.state !== 'ready') return false;
  const { startedMs, loadMs = ASSUMED_LOAD_MS } = runner;
  const residencyMs = Math.min(Math.max(RESIDENCY.leastMs, RESIDENCY.loads * loadMs), RESIDENCY.mostMs);
  if (nowMs - startedMs < residencyMs + loadMs) return false;
  const waitsSinceMs = Math.min(nowMs, ...wantsOf(state, runner).map(({ sinceMs }) => sinceMs));
  const passesMs = Math.min(nowMs - waitsSinceMs, residencyMs);
  return nowMs - claimant.sinceMs >= passesMs + residencyMs;
}
