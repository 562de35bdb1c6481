import { type AgentView, type CostPart, loadWithOneMore, type RequestFacts, requestsAhead } from '@ollama-coordinator/common/balancing';

export interface ModelAffinityOptions {
  /** Seconds that loading the model is taken to cost. */
  readonly loadS: number;
  /** Seconds that pushing another model out of memory is taken to cost. */
  readonly evictS: number;
  /** Seconds that one request is taken to last: what a place in line costs. */
  readonly requestS: number;
  /** Seconds that a fully loaded agent costs more than an idle one. */
  readonly balanceS: number;
  /** Seconds added to an agent whose watch is silent. */
  readonly suspectPenaltyS: number;
}

/** The terms of the cost, for people. Pure. */
export function explainModelAffinity(request: RequestFacts, agent: AgentView, options: ModelAffinityOptions): readonly CostPart[] {
  return [
    { name: 'load', seconds: loadS(request, agent, options) },
    { name: 'eviction', seconds: evictS(request, agent, options) },
    { name: 'wait', seconds: waitS(request, agent, options) },
    { name: 'in flight', seconds: options.balanceS * loadWithOneMore(agent) },
    { name: 'suspect', seconds: agent.suspect ? options.suspectPenaltyS : 0 },
  ];
}

/** The sum of those parts, without making them: it is asked for every candidate of every request. Pure. */
export function costModelAffinity(request: RequestFacts, agent: AgentView, options: ModelAffinityOptions): number {
  const memory = loadS(request, agent, options) + evictS(request, agent, options) + waitS(request, agent, options);
  return memory + options.balanceS * loadWithOneMore(agent) + (agent.suspect ? options.suspectPenaltyS : 0);
}

function isLoaded({ signature }: RequestFacts, { runners }: AgentView): boolean {
  return runners.some((runner) => runner.signature === signature && runner.state !== 'unloading');
}

function loadS(request: RequestFacts, agent: AgentView, options: ModelAffinityOptions): number {
  return isLoaded(request, agent) ? 0 : options.loadS;
}

/** Half of it where nobody knows whether the model fits beside those that are loaded. */
function evictS(request: RequestFacts, agent: AgentView, { evictS: fullS }: ModelAffinityOptions): number {
  const { runners, maxRunners, vramFreeBytes, models } = agent;
  if (runners.length === 0 || isLoaded(request, agent)) return 0;
  if (maxRunners !== undefined && runners.length >= maxRunners) return fullS;
  if (runners.some(({ signature }) => signature.split(';', 1)[0] === request.model)) return fullS;
  const sizeBytes = models.get(request.model)?.sizeBytes;
  if (vramFreeBytes === undefined || sizeBytes === undefined) return fullS / 2;
  return sizeBytes > vramFreeBytes ? fullS : 0;
}

function waitS({ model, signature }: RequestFacts, agent: AgentView, { requestS }: ModelAffinityOptions): number {
  return requestS * requestsAhead(agent, model, signature);
}
