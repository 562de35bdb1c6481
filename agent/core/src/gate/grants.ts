import { GRANT_LEASE_MS, type Wants } from '@ollama-coordinator/common';
import type { GateRunner, GateState, Lease, Want } from './gate-state.js';
import { type Plan, planFor } from './plan.js';

/** A replica that let so many grants in a row run out does not listen; it must ask again. */
const MAX_MISSES = 3;

/** Replaces what a replica said before. */
export function setWants(state: GateState, replica: string, { wants }: Wants, nowMs: number): void {
  if (wants.length === 0) {
    state.wants.delete(replica);
    return;
  }
  const list = wants.map((want) => ({
    signature: want.signature,
    priority: want.priority,
    virtualTime: want.virtual_time,
    sinceMs: nowMs - want.waited_ms,
    evict: want.evict,
    waiting: want.waiting,
    misses: 0,
  }));
  state.wants.set(replica, list);
}

/** The replica can hear of grants. */
export function watchOpened(state: GateState, replica: string): void {
  state.watching.add(replica);
}

/** The replica is gone as far as the agent can tell: what it waited for and what was kept for it is void. */
export function watchClosed(state: GateState, replica: string): void {
  state.watching.delete(replica);
  state.wants.delete(replica);
  for (const lease of state.leases.values()) if (lease.replica === replica) state.leases.delete(lease.id);
}

/**
 * Drops the leases that ran out, then gives every slot that is free to the want with the lowest (priority, virtual time)
 * among those that it could serve. What is loaded comes first: whoever waits for a runner is served by it before it makes
 * room for somebody else. Among those who need a load the one that waits longest is next. Returns the leases made; each is
 * to be told to its replica.
 */
export function issueGrants(state: GateState, nowMs: number, makeId: () => string): Lease[] {
  expireLeases(state, nowMs);
  if (state.wants.size === 0) return [];
  const grant = ({ replica, want }: Wanted, isLoad: boolean): Lease[] => {
    const leases: Lease[] = [];
    while (want.waiting > countLeases(state, replica, want.signature)) {
      const plan = planFor(state, want.signature, want.evict);
      if (plan.kind === 'busy' || (plan.kind === 'slot') === isLoad) break;
      const expiresMs = nowMs + GRANT_LEASE_MS;
      const lease = { id: makeId(), replica, signature: want.signature, expiresMs, want, victims: victimsOf(plan) };
      state.leases.set(lease.id, lease);
      leases.push(lease);
    }
    return leases;
  };
  const wants = allWants(state);
  const slots = wants.toSorted(byShare).flatMap((wanted) => grant(wanted, false));
  return [...slots, ...wants.toSorted(byAge).flatMap((wanted) => grant(wanted, true))];
}

/** Monotonic time at which the next lease runs out. */
export function nextExpiryMs(state: GateState): number | undefined {
  let next: number | undefined;
  for (const { expiresMs } of state.leases.values()) if (next === undefined || expiresMs < next) next = expiresMs;
  return next;
}

function expireLeases(state: GateState, nowMs: number): void {
  for (const lease of state.leases.values()) {
    if (lease.expiresMs > nowMs) continue;
    state.leases.delete(lease.id);
    const { want } = lease;
    want.misses += 1;
    const wants = state.wants.get(lease.replica);
    if (want.misses >= MAX_MISSES && wants?.includes(want)) wants.splice(wants.indexOf(want), 1);
  }
}

function victimsOf(plan: Plan): readonly GateRunner[] {
  if (plan.kind === 'evict') return plan.victims;
  return plan.kind === 'replace' ? [plan.victim] : [];
}

interface Wanted {
  readonly replica: string;
  readonly want: Want;
}

function allWants(state: GateState): readonly Wanted[] {
  return [...state.watching].flatMap((replica) => (state.wants.get(replica) ?? []).map((want) => ({ replica, want })));
}

/** Who let a grant run out stands behind those who did not. */
function byShare({ want: one }: Wanted, { want: other }: Wanted): number {
  return one.misses - other.misses || one.priority - other.priority || one.virtualTime - other.virtualTime;
}

function byAge({ want: one }: Wanted, { want: other }: Wanted): number {
  return one.misses - other.misses || one.priority - other.priority || one.sinceMs - other.sinceMs;
}

function countLeases(state: GateState, replica: string, signature: string): number {
  let count = 0;
  for (const lease of state.leases.values()) if (lease.replica === replica && lease.signature === signature) count += 1;
  return count;
}
