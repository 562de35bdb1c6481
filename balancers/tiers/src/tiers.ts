import { type AgentView, type CostPart, hasFreeSlot, type RequestFacts } from '@ollama-coordinator/common/balancing';

export interface TiersOptions {
  /** full: as soon as no agent above has a slot. cost: once those above cost more by the others. never: requests wait. */
  readonly overflow: 'full' | 'cost' | 'never';
  /** With `cost`: seconds that one tier is worth. */
  readonly tierS: number;
}

/** More than any costs of other balancers, so that tiers come first. */
const TIER_S = 1e5;
/** More than the lowest of 100 tiers. */
const FULL_S = 1e8;

/** The terms of the cost, for people. Pure. */
export function explainTiers(request: RequestFacts, agent: AgentView, options: TiersOptions): readonly CostPart[] {
  return [
    { name: `tier ${agent.tier}`, seconds: tierCostS(agent, options) },
    { name: 'full', seconds: fullCostS(request, agent, options) },
  ];
}

/** The sum of those parts. Pure. */
export function costTiers(request: RequestFacts, agent: AgentView, options: TiersOptions): number {
  return tierCostS(agent, options) + fullCostS(request, agent, options);
}

function tierCostS({ tier }: AgentView, { overflow, tierS }: TiersOptions): number {
  return tier * (overflow === 'cost' ? tierS : TIER_S);
}

function fullCostS(request: RequestFacts, agent: AgentView, { overflow }: TiersOptions): number {
  return overflow !== 'full' || hasFreeSlot(agent, request.model, request.signature) ? 0 : FULL_S;
}
