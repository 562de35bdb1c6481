import { seededRandom } from '@ollama-coordinator/common';
import type { AgentView, Costed, Moment } from '@ollama-coordinator/common/balancing';

/** An idle agent with four slots that reports no load. */
export function agentView(id: string, over: Partial<AgentView> = {}): AgentView {
  const guess = { mean: 1, p90: 2, from: 'prior' } as const;
  return {
    id,
    name: id,
    labels: {},
    tier: 0,
    weight: 1,
    models: new Map(),
    runners: [],
    slots: 4,
    inFlight: 0,
    speed: () => ({ loadS: guess, prefillTokensPerS: guess, decodeTokensPerS: guess }),
    foreign: 0,
    heardMsAgo: 0,
    suspect: false,
    ...over,
  };
}

/** The view with `inFlight` requests on its only runner, one of four slots. */
export function busyView(id: string, signature: string, inFlight: number, over: Partial<AgentView> = {}): AgentView {
  const runner = { signature, slots: 4, inFlight, state: 'ready', vramBytes: 0, warm: new Set<string>() } as const;
  return agentView(id, { inFlight, runners: [runner], ...over });
}

export function costed(agent: AgentView, over: Partial<Costed> = {}): Costed {
  return { agent, cost: 0, free: true, ...over };
}

export function moment(seed = 1): Moment {
  return { nowMs: 0, monotonicMs: 0, random: seededRandom(seed) };
}
