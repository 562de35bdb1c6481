import type { AgentView, Costed, QueueFacts, RequestFacts } from '@ollama-coordinator/common/balancing';
import type { LinePlace } from './find-candidates.js';

/** What a balancer is told of the line in which the request waits. */
export function queueFacts(request: RequestFacts, candidates: readonly Costed[], line: LinePlace): QueueFacts {
  const { ahead, ...rest } = line;
  return { ...rest, aheadS: ahead === 0 ? 0 : ahead / served(request, candidates) };
}

/** Requests like this one that are served in a second, by the runners that serve it; by the fastest agent where none does. */
function served(request: RequestFacts, candidates: readonly Costed[]): number {
  let perS = 0;
  let fastest = Number.MIN_VALUE;
  for (const { agent } of candidates) {
    const runner = agent.runners.find(({ signature, state }) => signature === request.signature && state !== 'unloading');
    if (runner) perS += runner.slots / serviceS(request, agent, runner.slots);
    else if (perS === 0) fastest = Math.max(fastest, agent.slots / serviceS(request, agent, agent.slots));
  }
  return perS > 0 ? perS : fastest;
}

/** Seconds that the request takes in a slot of a runner whose slots are all taken. */
export function serviceS({ model, promptTokens, outputTokens }: RequestFacts, agent: AgentView, slots: number): number {
  const { prefillTokensPerS, decodeTokensPerS, overheadS = 0 } = agent.speed(model, slots);
  return promptTokens.mean / prefillTokensPerS.mean + outputTokens.mean / decodeTokensPerS.mean + overheadS;
}
