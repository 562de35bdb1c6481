import { type AgentView, type CostPart, loadWithOneMore, type RequestFacts, requestsAhead } from '@ollama-coordinator/common/balancing';

type Asked = Pick<RequestFacts, 'model' | 'signature'>;

export interface LeastConnectionsOptions {
  /** Seconds that one request is taken to last: what a place in line costs. */
  readonly requestS: number;
  /** Seconds added to an agent whose watch is silent. */
  readonly suspectPenaltyS: number;
}

/**
 * requestS × (in flight + foreign + 1) ÷ (slots × weight), and where the runner is full, requestS for each request that
 * must end first. Pure.
 */
export function explainLeastConnections(
  request: Asked,
  agent: AgentView,
  { requestS, suspectPenaltyS }: LeastConnectionsOptions,
): readonly CostPart[] {
  return [
    { name: 'in flight', seconds: requestS * loadWithOneMore(agent) },
    { name: 'wait', seconds: requestS * requestsAhead(agent, request.model, request.signature) },
    { name: 'suspect', seconds: agent.suspect ? suspectPenaltyS : 0 },
  ];
}

/** The sum of those parts, without making them: it is asked for every candidate of every request. Pure. */
export function costLeastConnections(request: Asked, agent: AgentView, options: LeastConnectionsOptions): number {
  const penaltyS = agent.suspect ? options.suspectPenaltyS : 0;
  return options.requestS * (loadWithOneMore(agent) + requestsAhead(agent, request.model, request.signature)) + penaltyS;
}
