import { AppError, type Clock, type Timer } from '@ollama-coordinator/common';
import type { AgentId, CallerId, ModelName } from '@ollama-coordinator/common/balancing';
import type { Assignment } from '../balancing/create-balancing.js';
import type { Grant } from '../registry/watch-fleet.js';
import type { WantingHead } from './announce-wants.js';
import { createAskedAgents, GRANT_PATIENCE_MS } from './asked-agents.js';
import { BUSY_PAUSE_MS, createBusyAgents } from './busy-agents.js';
import { dismiss, type State, schedulePump, serve, useGrant } from './line-rounds.js';
import { createLines, expectedCost, type Line } from './lines.js';
import { isLineFull, makeRoom } from './make-room.js';
import { refusal, tryPlace } from './place-waiting.js';
import { retryAfterS } from './service-rate.js';
import type { SlotRequest, Waiter } from './slot-request.js';

export interface WaitingLines {
  /**
   * Resolves with a slot as soon as one is free and nobody before it in its line wants it. Rejects with QUEUE_FULL,
   * WAIT_TOO_LONG, QUEUE_TIMEOUT, or why no agent will do. `onQueued` is told once it has to wait.
   */
  acquire(request: SlotRequest, onQueued: (place: QueuePlace) => void): Promise<Assignment>;
  /** The attempt on this slot is over. Tokens: what it cost, none where Ollama did nothing for it; undefined: not known. */
  settled(assignment: Assignment, tokens: { readonly prompt: number; readonly output: number } | undefined): void;
  /** Another replica served a request. */
  servedElsewhere(model: ModelName, caller: CallerId, tokens: number | undefined): void;
  /**
   * The agent's gate was full although it seemed free: it is left alone until it reports a change. The request comes back to
   * its place at once, and nobody behind it is placed before.
   */
  turnedAway(assignment: Assignment, signature: string): void;
  /** A slot may have become free; `reported`: agents that reported a change. Cheap: called after each of them. */
  capacityChanged(reported?: readonly AgentId[]): void;
  /** The agent keeps a slot for this replica: who is next for it is sent there at once. */
  granted(agentId: AgentId, grant: Grant): void;
  waiting(): number;
  /** Whether what other replicas serve for the model matters here. */
  cares(model: ModelName): boolean;
  /** Lines in which somebody waits. */
  list(): readonly Line[];
  /** Rejects who waits with SHUTTING_DOWN. */
  close(): void;
}

/** What a request is told when it has to wait. */
export interface QueuePlace {
  /** 1 for the next. */
  readonly position: number;
  readonly expectedWaitMs: number;
  /** Takes the request out of its line and rejects it with the reason given. */
  readonly abandon: (reason: Error) => void;
}

export interface WaitingLinesOptions {
  /** Most requests in all lines together; one line may take nine tenths of it. This and the next are read when they are used. */
  readonly limit: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Told which heads of lines wait for which agent's next slot, after each round; empty once when none does any more. */
  readonly onWants: (wants: ReadonlyMap<AgentId, readonly WantingHead[]>) => void;
}

/** Requests that wait for a slot; bounded in number and in time, and fair between callers. */
export function createWaitingLines(options: WaitingLinesOptions): WaitingLines {
  const { clock } = options;
  const lines = createLines(clock);
  let pause: Timer | undefined;
  let look: Timer | undefined;
  const state: State = {
    onWants: options.onWants,
    asked: createAskedAgents(clock),
    lookAgain: () => {
      look ??= clock.setTimeout(() => {
        look = undefined;
        schedulePump(state);
      }, GRANT_PATIENCE_MS + 1);
    },
    lines,
    busy: createBusyAgents(clock),
    served: new WeakMap(),
    isPumpDue: false,
    hadWants: false,
  };
  return {
    acquire: async (request, onQueued) => {
      if (!lines.waitingIn(request.line)) {
        const placement = tryPlace(state, request);
        if (placement.kind === 'assigned') return serve(state, request, placement);
        if (placement.kind === 'reject') throw refusal(placement);
      }
      return enqueue(state, options, request, onQueued);
    },
    settled: (assignment, tokens) => {
      const served = state.served.get(assignment);
      if (served) lines.settle(served, tokens);
      state.served.delete(assignment);
      schedulePump(state);
    },
    servedElsewhere: lines.servedElsewhere,
    turnedAway: (assignment, signature) => {
      const served = state.served.get(assignment);
      if (served) lines.undo(served);
      state.served.delete(assignment);
      state.busy.note(assignment.agent.id, signature);
      pause?.cancel();
      pause = clock.setTimeout(() => schedulePump(state), BUSY_PAUSE_MS + 1);
    },
    capacityChanged: (reported = []) => {
      state.busy.forget(reported);
      schedulePump(state);
    },
    granted: (agentId, grant) => useGrant(state, agentId, grant),
    waiting: lines.count,
    cares: lines.cares,
    list: lines.list,
    close: () => {
      pause?.cancel();
      look?.cancel();
      for (const { fair } of lines.list()) {
        for (let head = fair.next(); head; head = fair.next())
          dismiss(state, head.waiter, new AppError('SHUTTING_DOWN', { retryAfterS: 1 }));
      }
    },
  };
}

function enqueue(
  state: State,
  { limit, timeoutMs, clock }: WaitingLinesOptions,
  request: SlotRequest,
  onQueued: (place: QueuePlace) => void,
): Promise<Assignment> {
  const { lines } = state;
  const ahead = lines.waitingIn(request.line);
  if (isLineFull(lines, request, limit) || lines.count() >= limit) {
    const dropped = makeRoom(lines, request, { limit, nowMs: clock.now() });
    const error = queueFull(lines.count(), ahead);
    if (!dropped) return Promise.reject(error);
    dismiss(state, dropped, error);
  }
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      const details = { waited_ms: timeoutMs };
      dismiss(
        state,
        waiter,
        new AppError('QUEUE_TIMEOUT', { details, retryAfterS: retryAfterS(line.rate.expectedWaitMs(line.fair.size)) }),
      );
    };
    const timeout = clock.setTimeout(giveUp, Math.max(0, timeoutMs - request.waitedMs));
    const waiter: Waiter = { request, resolve, reject, timeout };
    const line = lines.add(waiter);
    const position = line.fair.positionOf(waiter, expectedCost(line, request));
    const expectedWaitMs = line.rate.expectedWaitMs(position - 1);
    const overMs = expectedWaitMs - mayWaitMs(request, timeoutMs);
    // Who came back was taken on before.
    if (overMs > 0 && line.rate.isKnown() && request.waitedMs === 0)
      return dismiss(state, waiter, waitTooLong(lines.count() - 1, expectedWaitMs, overMs));
    onQueued({ position, expectedWaitMs, abandon: (reason) => dismiss(state, waiter, reason) });
    schedulePump(state);
  });
}

/** A request that could not be served in time is turned away while its caller can still do something else; batch work at half of that. */
function mayWaitMs({ priority }: SlotRequest, timeoutMs: number): number {
  return priority === 'batch' ? timeoutMs / 2 : timeoutMs;
}

/** By the time to come back, what waits at present has been served as far as it had to be. */
function waitTooLong(waiting: number, expectedWaitMs: number, overMs: number): AppError {
  return new AppError('WAIT_TOO_LONG', {
    details: { waiting, wait_s: Math.round(expectedWaitMs / 1000) },
    retryAfterS: retryAfterS(overMs),
  });
}

function queueFull(waiting: number, line: Line | undefined): AppError {
  return new AppError('QUEUE_FULL', { details: { waiting }, retryAfterS: retryAfterS(line?.rate.expectedWaitMs(line.fair.size) ?? 1000) });
}
