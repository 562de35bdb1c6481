import { seededRandom } from '../../time/random.js';
import { chooseLeastCost } from '../choose-least-cost.js';
import type { AgentId, AgentView, Balancer, Choice, Costed, Moment, RequestFacts, Settled } from '../contract.js';

/** A moment whose random numbers follow from `seed`. */
export function momentOf(seed: number): Moment {
  return { nowMs: 1_767_225_600_000 + seed, monotonicMs: seed, random: seededRandom(seed) };
}

/** Asks the balancer as the coordinator does: costs, then its choice or the least cost. */
export function ask(balancer: Balancer, request: RequestFacts, agents: readonly AgentView[], seed: number): Choice {
  const at = momentOf(seed);
  const candidates = weigh(balancer, request, agents, at);
  return candidates.length > 0 ? pick(balancer, request, candidates, at) : { reject: true, why: 'every candidate was refused' };
}

export function weigh(balancer: Balancer, request: RequestFacts, agents: readonly AgentView[], at: Moment): readonly Costed[] {
  return agents
    .map((agent): Costed => ({ agent, cost: balancer.cost?.(request, agent, at) ?? 0, free: isFree(request, agent) }))
    .filter(({ cost }) => cost !== Number.POSITIVE_INFINITY);
}

export function pick(balancer: Balancer, request: RequestFacts, candidates: readonly Costed[], at: Moment): Choice {
  return balancer.choose ? balancer.choose(request, candidates, at) : chooseLeastCost(candidates, at);
}

function isFree({ signature }: RequestFacts, { runners }: AgentView): boolean {
  const runner = runners.find((one) => one.signature === signature);
  return runner === undefined || runner.inFlight < runner.slots;
}

export const OUTCOMES: readonly Settled['outcome'][] = ['completed', 'failed', 'cancelled', 'busy'];

/** One attempt from `assigned` to `settled`, on an agent chosen by whoever calls. */
export function attempt(balancer: Balancer, request: RequestFacts, agent: AgentId, number: number): void {
  const outcome = OUTCOMES[number % OUTCOMES.length] ?? 'completed';
  balancer.assigned?.({ request, agent, at: momentOf(number) });
  if (outcome === 'completed') balancer.firstByte?.({ request, agent, firstByteMs: 50 });
  balancer.settled?.({ request, agent, outcome, totalMs: 900 });
}

/** What the balancer shows of its state, as text; empty when it has nothing to show. */
export function stateOf(balancer: Balancer): string {
  return JSON.stringify(balancer.inspect?.() ?? null);
}
