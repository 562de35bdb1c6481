import type { AgentView } from './contract.js';

/**
 * How busy the agent would be with one request more, for its strength: (in flight + foreign + 1) ÷ (slots × weight).
 * Infinity at weight 0. Pure.
 */
export function loadWithOneMore({ inFlight, foreign, slots, weight }: AgentView): number {
  const strength = slots * weight;
  return strength > 0 ? (inFlight + foreign + 1) / strength : Number.POSITIVE_INFINITY;
}
