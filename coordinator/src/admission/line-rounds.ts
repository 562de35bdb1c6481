import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Assignment } from '../balancing/create-balancing.js';
import type { LinePlace } from '../balancing/find-candidates.js';
import type { Grant } from '../registry/watch-fleet.js';
import type { WantingHead } from './announce-wants.js';
import { type Group, groupsOf } from './line-groups.js';
import { expectedCost, type Line, type Lines, type Served } from './lines.js';
import { type PlaceDeps, refusal, rulesFor, tryPlace, type Waits } from './place-waiting.js';
import type { SlotRequest, Waiter } from './slot-request.js';
import type { Among, Standing } from './standing.js';

/** So many slots of one agent may be granted for one line before it asks again. */
const MOST_WANTED = 4;

/** The lines at work; what is done to them stands below, who may ask for it in waiting-lines.ts. */
export interface State extends PlaceDeps {
  /** Told which heads of lines wait for which agent's next slot, after each round; empty once when none does any more. */
  readonly onWants: (wants: ReadonlyMap<AgentId, readonly WantingHead[]>) => void;
  readonly lines: Lines;
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

/** Places the heads of all lines until each of them has to wait, the longest waiting line first. */
function pump(state: State): void {
  state.isPumpDue = false;
  const wants = new Map<AgentId, WantingHead[]>();
  const round = beginRound(state);
  for (const line of round.lines) {
    const waiting = groupsOf(line).flatMap((group) => placeHeads(state, line, round, group) ?? []);
    if (waiting.length === 0) {
      state.asked.forget(line.name);
      continue;
    }
    for (const heads of waiting) noteWants(wants, line, heads);
    const agents = waiting.flatMap((heads) => heads.agents.map(({ agent }) => agent));
    state.asked.ask(line.name, agents);
    for (const { group } of waiting) placeBehind(state, line, round, group);
  }
  if (wants.size > 0 || state.hadWants) state.onWants(wants);
  state.hadWants = wants.size > 0;
}

/** The head of a group, and what it waits for. */
interface WaitingGroup extends Waits {
  readonly group: Group;
  readonly head: Standing;
}

/** Places those who are next until one has to wait; says for whom. */
function placeHeads(state: State, line: Line, round: Round, group: Group): WaitingGroup | undefined {
  for (let head = line.fair.next(group); head; head = line.fair.next(group)) {
    const { request } = head.waiter;
    const placement = tryPlace(state, request, placeOf(round, line, 0));
    if (placement.kind === 'wait') {
      const [first] = placement.agents;
      if (first) round.promisedS.set(first.agent, (round.promisedS.get(first.agent) ?? 0) + placement.workS);
      return { ...placement, group, head };
    }
    if (placement.kind === 'reject') dismiss(state, head.waiter, refusal(placement));
    else serve(state, request, placement, head.waiter);
  }
  return undefined;
}

function noteWants(wants: Map<AgentId, WantingHead[]>, line: Line, waiting: WaitingGroup): void {
  const [first] = waiting.agents;
  for (const asked of waiting.agents) {
    wants.set(asked.agent, [...(wants.get(asked.agent) ?? []), ...wantsOf(line, waiting, asked.evict, asked === first)]);
  }
}

/**
 * The head, and apart from it those behind, who may have to stand behind another replica's. They are told of so that a second
 * slot that becomes free need not wait until it was asked for.
 */
function wantsOf(line: Line, { head, group }: WaitingGroup, evict: readonly RunnerSignature[], claims: boolean): readonly WantingHead[] {
  const { signature, fair } = line;
  const want = ({ rank, lead, waiter }: Standing, waiting: number): WantingHead => {
    return { signature, rank, lead, sinceMs: waiter.request.receivedAtMs, evict, waiting, claims };
  };
  const behind = fair.behind(head, expectedCost(line, head.waiter.request), group);
  return behind ? [want(head, 1), want(behind, Math.min(fair.size, MOST_WANTED))] : [want(head, 1)];
}

/** What is known when a round begins, and what it brings. */
interface Round {
  readonly lines: readonly Line[];
  readonly waiting: ReadonlyMap<RunnerSignature, number>;
  readonly promisedS: Map<AgentId, number>;
}

function beginRound({ lines }: State): Round {
  const list = lines.list().map((line) => ({ line, head: line.fair.next() }));
  const waiting = new Map<RunnerSignature, number>();
  for (const { line } of list) waiting.set(line.signature, (waiting.get(line.signature) ?? 0) + line.fair.size);
  const age = ({ head }: (typeof list)[number]) => head?.waiter.request.receivedAtMs ?? 0;
  const rank = ({ head }: (typeof list)[number]) => head?.rank ?? 0;
  list.sort((one, other) => rank(one) - rank(other) || age(one) - age(other));
  return { lines: list.map(({ line }) => line), waiting, promisedS: new Map() };
}

function placeOf({ waiting, promisedS }: Round, { fair }: Line, ahead: number): LinePlace {
  return { ahead, behind: fair.size - 1 - ahead, waiting, promisedS };
}

/**
 * The head waits for the best agent. Who stands far behind may be answered sooner by another one, which is free, or loads
 * the model: the first who is goes there, before its turn.
 */
function placeBehind(state: State, line: Line, round: Round, group: Group): void {
  for (let head = line.fair.next(group); head; head = line.fair.next(group)) {
    const inOrder = line.fair.inOrder(expectedCost(line, head.waiter.request), group);
    const wouldStart = (ahead: number) => {
      const request = inOrder[ahead]?.request;
      return request?.wouldStart(rulesFor(state, request, placeOf(round, line, ahead))) ?? false;
    };
    const first = firstThat(wouldStart, 1, inOrder.length - 1);
    const waiter = first === undefined ? undefined : inOrder[first];
    if (first === undefined || !waiter) return;
    const placement = tryPlace(state, waiter.request, placeOf(round, line, first));
    if (placement.kind !== 'assigned') return;
    serve(state, waiter.request, placement, waiter);
  }
}

/** The first place that holds, if there is a last one and it does: who stands further behind gains more. */
function firstThat(holds: (place: number) => boolean, from: number, last: number): number | undefined {
  if (last < from || !holds(last)) return undefined;
  let low = from;
  let high = last;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** Of the heads of the lines that the slot serves, the first that may go to the agent. A grant that nobody can use runs out. */
export function useGrant(state: State, agentId: AgentId, { grantId, signature }: Grant): void {
  state.busy.forget([agentId]);
  state.asked.granted(agentId);
  const mayGo: Among = ({ request }) => !request.exclude.has(agentId);
  const heads = state.lines.list().flatMap((line) => (line.signature === signature ? (line.fair.next(mayGo) ?? []) : []));
  for (const { waiter } of heads.sort((one, other) => one.rank - other.rank || one.lead - other.lead)) {
    const { request } = waiter;
    const placement = request.place({ exclude: request.exclude, grantedBy: agentId });
    if (placement.kind !== 'assigned') continue;
    serve(state, request, { ...placement, grantId }, waiter);
    break;
  }
  schedulePump(state);
}
