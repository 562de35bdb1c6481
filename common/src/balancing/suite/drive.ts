import { seededRandom } from '../../time/random.js';
import { chooseLeastCost } from '../choose-least-cost.js';
import type { AgentId, AgentView, Balancer, Choice, Costed, Moment, RequestFacts, Settled } from '../contract.js';
import { hasFreeSlot } from '../requests-ahead.js';

/** A moment whose random numbers follow from `seed`, one second after that of `seed - 1`. */
export function momentOf(seed: number): Moment {
  return { nowMs: 1_767_225_600_000 + 1000 * seed, monotonicMs: 1000 * seed, random: seededRandom(seed) };
}

/** Asks the balancer as the coordinator does: costs, then its choice or the least cost. */
export function ask(balancer: Balancer, request: RequestFacts, agents: readonly AgentView[], seed: number): Choice {
  const at = momentOf(seed);
  const candidates = weigh(balancer, request, agents, at);
  return candidates.length > 0 ? pick(balancer, request, candidates, at) : { reject: true, why: 'every candidate was refused' };
}

/** The candidates with their costs; those that the balancer refuses are left out. */
export function weigh(balancer: Balancer, request: RequestFacts, agents: readonly AgentView[], at: Moment): Costed[] {
  return agents
    .map((agent): Costed => ({ agent, cost: balancer.cost?.(request, agent, at) ?? 0, free: isFree(request, agent) }))
    .filter(({ cost }) => cost !== Number.POSITIVE_INFINITY);
}

export function pick(balancer: Balancer, request: RequestFacts, candidates: readonly Costed[], at: Moment): Choice {
  return balancer.choose ? balancer.choose(request, candidates, at) : chooseLeastCost(candidates, at);
}

function isFree({ model, signature }: RequestFacts, agent: AgentView): boolean {
  return hasFreeSlot(agent, model, signature);
}

const OUTCOMES: readonly Settled['outcome'][] = ['completed', 'failed', 'cancelled', 'busy'];

/** One attempt: a request given to one of `candidates` (one `seed`, one moment). */
export interface Attempt {
  readonly request: RequestFacts;
  readonly agent: AgentId;
  readonly candidates: readonly Costed[];
  readonly seed: number;
}

export function assign(balancer: Balancer, { request, agent, candidates, seed }: Attempt): void {
  balancer.assigned?.({ request, agent, candidates, at: momentOf(seed) });
}

/** The outcome follows from the seed. */
export function settle(balancer: Balancer, { request, agent, seed }: Attempt): void {
  const outcome = OUTCOMES[seed % OUTCOMES.length] ?? 'completed';
  const at = momentOf(seed + 1);
  if (outcome === 'completed') balancer.firstByte?.({ request, agent, at, firstByteMs: 50 });
  balancer.settled?.({ request, agent, at, outcome, totalMs: 900 });
}

/** From `assigned` to `settled`. */
export function run(balancer: Balancer, attempt: Attempt): void {
  assign(balancer, attempt);
  settle(balancer, attempt);
}

/** What the balancer shows of its state, as text; empty when it has nothing to show. */
export function stateOf(balancer: Balancer): string {
  return JSON.stringify(balancer.inspect?.() ?? null);
}
