import { AppError, type Clock, type Timer } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Assignment, Placement, Wait } from '../balancing/create-balancing.js';
import { BUSY_PAUSE_MS, type BusyAgents, createBusyAgents } from './busy-agents.js';
import { createLines, type Lines } from './lines.js';
import { createServiceRate, type ServiceRate } from './service-rate.js';
import type { SlotRequest, Waiter } from './slot-request.js';

export interface WaitingLines {
  /**
   * Resolves with a slot as soon as one is free and nobody before it in its line wants it. Rejects with QUEUE_FULL,
   * QUEUE_TIMEOUT, or why no agent will do. `onQueued` is given a function that takes the request out of its line and
   * rejects it with the reason given.
   */
  acquire(request: SlotRequest, onQueued: (abandon: (reason: Error) => void) => void): Promise<Assignment>;
  /** The agent's gate was full although it seemed free: it is left alone until it reports a change. */
  noteBusy(agentId: AgentId, signature: string): void;
  /** A slot may have become free; `reported`: agents that reported a change. Cheap: called after each of them. */
  capacityChanged(reported?: readonly AgentId[]): void;
  waiting(): number;
  /** Rejects who waits with SHUTTING_DOWN. */
  close(): void;
}

export interface WaitingLinesOptions {
  readonly limit: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Told which heads of lines wait for which agent's next slot, after each round; empty once when none does any more. */
  readonly onWants: (wants: ReadonlyMap<AgentId, readonly Waiter[]>) => void;
}

/** Requests that wait for a slot; bounded in number and in time. */
export function createWaitingLines(options: WaitingLinesOptions): WaitingLines {
  const { clock } = options;
  const state: State = {
    ...options,
    lines: createLines(),
    busy: createBusyAgents(clock),
    rate: createServiceRate(clock),
    isPumpDue: false,
    hadWants: false,
  };
  let pause: Timer | undefined;
  return {
    acquire: async (request, onQueued) => {
      if (!state.lines.has(request.line)) {
        const placement = tryPlace(state, request);
        if (placement.kind === 'assigned') return placement;
        if (placement.kind === 'reject') throw refusal(placement);
      }
      return enqueue(state, request, onQueued);
    },
    noteBusy: (agentId, signature) => {
      state.busy.note(agentId, signature);
      pause?.cancel();
      pause = clock.setTimeout(() => schedulePump(state), BUSY_PAUSE_MS + 1);
    },
    capacityChanged: (reported = []) => {
      state.busy.forget(reported);
      schedulePump(state);
    },
    waiting: () => state.lines.count(),
    close: () => {
      pause?.cancel();
      for (const waiter of state.lines.lines().flat()) dismiss(state, waiter, new AppError('SHUTTING_DOWN', { retryAfterS: 1 }));
    },
  };
}

interface State extends WaitingLinesOptions {
  readonly lines: Lines;
  readonly busy: BusyAgents;
  readonly rate: ServiceRate;
  isPumpDue: boolean;
  hadWants: boolean;
}

function enqueue(state: State, request: SlotRequest, onQueued: (abandon: (reason: Error) => void) => void): Promise<Assignment> {
  const waiting = state.lines.count();
  const retryAfterS = state.rate.expectedWaitS(waiting);
  if (waiting >= state.limit) return Promise.reject(new AppError('QUEUE_FULL', { details: { waiting }, retryAfterS }));
  return new Promise((resolve, reject) => {
    const giveUp = () => dismiss(state, waiter, new AppError('QUEUE_TIMEOUT', { details: { waited_ms: state.timeoutMs }, retryAfterS }));
    const waiter: Waiter = {
      request,
      resolve,
      reject,
      timeout: state.clock.setTimeout(giveUp, Math.max(0, state.timeoutMs - request.waitedMs)),
    };
    state.lines.add(waiter);
    onQueued((reason) => dismiss(state, waiter, reason));
    schedulePump(state);
  });
}

function leaveLine(state: State, waiter: Waiter): void {
  if (state.lines.remove(waiter)) waiter.timeout.cancel();
}

function dismiss(state: State, waiter: Waiter, reason: Error): void {
  leaveLine(state, waiter);
  waiter.reject(reason);
}

function schedulePump(state: State): void {
  if (state.isPumpDue || (state.lines.count() === 0 && !state.hadWants)) return;
  state.isPumpDue = true;
  queueMicrotask(() => pump(state));
}

/** Places the heads of all lines until each of them has to wait. */
function pump(state: State): void {
  state.isPumpDue = false;
  const wants = new Map<AgentId, Waiter[]>();
  for (const line of state.lines.lines()) {
    for (let head = line[0]; head; head = line[0]) {
      const placement = tryPlace(state, head.request);
      if (placement.kind === 'wait') {
        wants.set(placement.agentId, [...(wants.get(placement.agentId) ?? []), head]);
        break;
      }
      if (placement.kind === 'reject') {
        dismiss(state, head, refusal(placement));
        continue;
      }
      leaveLine(state, head);
      state.rate.served();
      head.resolve(placement);
    }
  }
  if (wants.size > 0 || state.hadWants) state.onWants(wants);
  state.hadWants = wants.size > 0;
}

/** As `place`, but with agents that said busy left out: where only such remain, the request waits for one of them. */
function tryPlace({ busy }: State, request: SlotRequest): Exclude<Placement, Wait> | { readonly kind: 'wait'; readonly agentId: AgentId } {
  const full = busy.of(request.signature);
  const placement = request.place(full.length === 0 ? request.exclude : new Set([...request.exclude, ...full]));
  if (placement.kind === 'wait') return { kind: 'wait', agentId: placement.agent.id };
  const next = full.find((agentId) => !request.exclude.has(agentId));
  return placement.kind === 'reject' && next !== undefined ? { kind: 'wait', agentId: next } : placement;
}

function refusal({ code, details }: Extract<Placement, { kind: 'reject' }>): AppError {
  return new AppError(code, { details, retryAfterS: 1 });
}
