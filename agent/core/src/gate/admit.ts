import { modelOfSignature, type RunnerSignature } from '@ollama-coordinator/common';
import type { GateRunner, GateState, Ticket } from './gate-state.js';
import { type Plan, planFor } from './plan.js';

export interface AdmitRequest {
  readonly replica: string;
  /** Empty for a request that names no model. */
  readonly signature: RunnerSignature;
  readonly grantId?: string | undefined;
  /** Whether others may be unloaded for it; default: yes. */
  readonly mayEvict?: boolean;
  /** Runners that should make room for it, the first one first. */
  readonly evict?: readonly RunnerSignature[];
}

/** Where the ticket has victims, those runners must be unloaded first; then evicted() or evictionFailed() follows. */
export type Admission = { readonly admitted: true; readonly ticket: Ticket } | { readonly admitted: false; readonly reason: string };

/** Lets a request through or not, at once. */
export function admit(state: GateState, request: AdmitRequest, nowMs: number): Admission {
  if (request.signature === '') return { admitted: true, ticket: issueTicket(state, request, undefined, []) };
  takeLease(state, request.grantId, request);
  let plan = planFor(state, request.signature, request.evict);
  if (plan.kind === 'busy' && takeLease(state, ownLease(state, request), request)) plan = planFor(state, request.signature, request.evict);
  if (plan.kind === 'busy') return { admitted: false, reason: plan.reason };
  if (plan.kind === 'evict' && request.mayEvict === false) return { admitted: false, reason: 'others would have to go for it' };
  return { admitted: true, ticket: carryOut(state, plan, request, nowMs) };
}

/** Ollama's answer has ended, however it ended. Further calls with the same ticket do nothing. */
export function release(state: GateState, ticket: Ticket, nowMs: number): void {
  if (ticket.released) return;
  ticket.released = true;
  addInFlight(state, ticket.replica, -1);
  if (!ticket.runner) return;
  ticket.runner.inFlight -= 1;
  ticket.runner.lastUsedMs = nowMs;
}

/** Ollama answers: the runner is loaded. */
export function loaded({ runner }: Ticket, nowMs: number): void {
  if (runner?.state !== 'loading') return;
  runner.state = 'ready';
  runner.loadMs = nowMs - runner.startedMs;
}

/** The ticket's victims are gone from Ollama's memory. */
export function evicted(state: GateState, { victims, runner }: Ticket): void {
  for (const victim of victims) state.runners.delete(victim);
  if (runner) runner.awaitsRoom = false;
}

/** Not every victim of the ticket could be unloaded: the others stay, and the ticket is void. */
export function evictionFailed(state: GateState, ticket: Ticket, gone: ReadonlySet<GateRunner>, nowMs: number): void {
  for (const victim of ticket.victims) {
    if (gone.has(victim)) state.runners.delete(victim);
    else victim.state = 'ready';
  }
  if (ticket.runner?.inFlight === 1) state.runners.delete(ticket.runner);
  release(state, ticket, nowMs);
}

function carryOut(state: GateState, plan: Exclude<Plan, { kind: 'busy' }>, request: AdmitRequest, nowMs: number): Ticket {
  if (plan.kind === 'slot') {
    plan.runner.lastUsedMs = nowMs;
    return issueTicket(state, request, plan.runner, []);
  }
  const runner = startRunner(state, request.signature, nowMs, plan.kind === 'evict');
  if (plan.kind === 'replace') state.runners.delete(plan.victim);
  const victims = plan.kind === 'evict' ? plan.victims : [];
  for (const victim of victims) victim.state = 'unloading';
  return issueTicket(state, request, runner, victims);
}

function issueTicket(state: GateState, { replica }: AdmitRequest, runner: GateRunner | undefined, victims: readonly GateRunner[]): Ticket {
  addInFlight(state, replica, 1);
  if (runner) runner.inFlight += 1;
  return { replica, runner, victims, released: false };
}

function startRunner(state: GateState, signature: RunnerSignature, nowMs: number, awaitsRoom: boolean): GateRunner {
  const model = modelOfSignature(signature);
  const runner: GateRunner = {
    model,
    signature,
    state: 'loading',
    inFlight: 0,
    awaitsRoom,
    closing: false,
    digest: state.digests.get(model) ?? '',
    sizeBytes: 0,
    vramBytes: 0,
    contextLength: undefined,
    expiresAt: undefined,
    lastUsedMs: nowMs,
    startedMs: nowMs,
    loadMs: undefined,
  };
  state.runners.add(runner);
  return runner;
}

/** Uses a lease up if it is this replica's. A waiting request counts as served with it. */
function takeLease(state: GateState, leaseId: string | undefined, { replica, signature }: AdmitRequest): boolean {
  const lease = leaseId === undefined ? undefined : state.leases.get(leaseId);
  if (!lease || lease.replica !== replica || lease.signature !== signature) return false;
  state.leases.delete(lease.id);
  lease.want.waiting = Math.max(0, lease.want.waiting - 1);
  lease.want.misses = 0;
  return true;
}

function ownLease(state: GateState, { replica, signature }: AdmitRequest): string | undefined {
  for (const lease of state.leases.values()) if (lease.replica === replica && lease.signature === signature) return lease.id;
  return undefined;
}

function addInFlight(state: GateState, replica: string, change: number): void {
  const count = (state.inFlightByReplica.get(replica) ?? 0) + change;
  if (count > 0) state.inFlightByReplica.set(replica, count);
  else state.inFlightByReplica.delete(replica);
}
