import { AppError } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Assignment, Placement, Wait } from '../balancing/create-balancing.js';
import type { Grant } from '../registry/watch-fleet.js';
import type { WantingHead } from './announce-wants.js';
import type { BusyAgents } from './busy-agents.js';
import type { Lines, Served } from './lines.js';
import type { SlotRequest, Waiter } from './slot-request.js';

/** The lines at work; what is done to them stands below, who may ask for it in waiting-lines.ts. */
export interface State {
  /** Told which heads of lines wait for which agent's next slot, after each round; empty once when none does any more. */
  readonly onWants: (wants: ReadonlyMap<AgentId, readonly WantingHead[]>) => void;
  readonly lines: Lines;
  readonly busy: BusyAgents;
  readonly served: WeakMap<Assignment, Served>;
  isPumpDue: boolean;
  hadWants: boolean;
}

/** Charges the request to its caller, and takes it out of its line if it waited. */
export function serve(state: State, request: SlotRequest, assignment: Assignment, waiter?: Waiter): Assignment {
  const served = state.lines.serve(request, waiter);
  waiter?.timeout.cancel();
  if (served) state.served.set(assignment, served);
  waiter?.resolve(assignment);
  return assignment;
}

export function dismiss(state: State, waiter: Waiter, reason: Error): void {
  if (state.lines.remove(waiter)) waiter.timeout.cancel();
  waiter.reject(reason);
}

export function schedulePump(state: State): void {
  if (state.isPumpDue || (state.lines.count() === 0 && !state.hadWants)) return;
  state.isPumpDue = true;
  queueMicrotask(() => pump(state));
}

/** Places the heads of all lines until each of them has to wait. */
function pump(state: State): void {
  state.isPumpDue = false;
  const wants = new Map<AgentId, WantingHead[]>();
  for (const { fair } of state.lines.list()) {
    for (let head = fair.next(); head; head = fair.next()) {
      const { request } = head.waiter;
      const placement = tryPlace(state, request);
      if (placement.kind === 'wait') {
        const { rank, lead } = head;
        wants.set(placement.agentId, [...(wants.get(placement.agentId) ?? []), { signature: request.signature, rank, lead }]);
        break;
      }
      if (placement.kind === 'reject') dismiss(state, head.waiter, refusal(placement));
      else serve(state, request, placement, head.waiter);
    }
  }
  if (wants.size > 0 || state.hadWants) state.onWants(wants);
  state.hadWants = wants.size > 0;
}

/** Of the heads of the lines that the slot serves, the first that may go to the agent. A grant that nobody can use runs out. */
export function useGrant(state: State, agentId: AgentId, { grantId, signature }: Grant): void {
  state.busy.forget([agentId]);
  const heads = state.lines.list().flatMap((line) => (line.signature === signature ? (line.fair.next() ?? []) : []));
  for (const { waiter } of heads.sort((one, other) => one.rank - other.rank || one.lead - other.lead)) {
    const { request } = waiter;
    if (request.exclude.has(agentId)) continue;
    const placement = request.place(request.exclude, agentId);
    if (placement.kind !== 'assigned') continue;
    serve(state, request, { ...placement, grantId }, waiter);
    break;
  }
  schedulePump(state);
}

/** As `place`, but with agents that said busy left out: where only such remain, the request waits for one of them. */
export function tryPlace(
  { busy }: State,
  request: SlotRequest,
): Exclude<Placement, Wait> | { readonly kind: 'wait'; readonly agentId: AgentId } {
  const full = busy.of(request.signature).filter((agentId) => !request.exclude.has(agentId));
  const placement =
    full.length === 0 ? request.place(request.exclude) : request.place(new Set([...request.exclude, ...full]), undefined, full);
  if (placement.kind === 'wait') return { kind: 'wait', agentId: placement.agent.id };
  const [next] = full;
  return placement.kind === 'reject' && next !== undefined ? { kind: 'wait', agentId: next } : placement;
}

export function refusal({ code, details }: Extract<Placement, { kind: 'reject' }>): AppError {
  return new AppError(code, { details, retryAfterS: 1 });
}
