import { type AgentView, type CostPart, type Ratio, type RequestFacts, requestsAhead } from '@ollama-coordinator/common/balancing';

type Asked = Pick<RequestFacts, 'model' | 'signature'>;

export interface LoadBasedOptions {
  /** Load of CPU or memory, 0 to 1, at which an agent is avoided while another can serve. */
  readonly avoidAt: Ratio;
  readonly cpuWeight: number;
  readonly memoryWeight: number;
  /** Load that an agent is taken to have while it reports none. */
  readonly unknownLoad: Ratio;
  /** Seconds that a fully loaded machine adds to a request. */
  readonly loadS: number;
  /** Seconds that each request in flight per slot adds. */
  readonly requestS: number;
  /** Seconds added to an agent that is avoided. */
  readonly avoidPenaltyS: number;
  /** Seconds added to an agent whose watch is silent. */
  readonly suspectPenaltyS: number;
}

/** The terms of the cost, for people. Pure. */
export function explainLoadBased(request: Asked, agent: AgentView, options: LoadBasedOptions): readonly CostPart[] {
  return [
    { name: 'load', seconds: loadS(agent, options) },
    { name: 'in flight', seconds: inFlightS(agent, options) },
    { name: 'wait', seconds: options.requestS * requestsAhead(agent, request.model, request.signature) },
    { name: 'avoided', seconds: isAvoided(agent, options) ? options.avoidPenaltyS : 0 },
    { name: 'suspect', seconds: agent.suspect ? options.suspectPenaltyS : 0 },
  ];
}

/** The sum of those parts, without making them: it is asked for every candidate of every request. Pure. */
export function costLoadBased(request: Asked, agent: AgentView, options: LoadBasedOptions): number {
  let cost = loadS(agent, options) + inFlightS(agent, options) + options.requestS * requestsAhead(agent, request.model, request.signature);
  if (isAvoided(agent, options)) cost += options.avoidPenaltyS;
  if (agent.suspect) cost += options.suspectPenaltyS;
  return cost;
}

/** loadS × the weighted mean of CPU and memory load, each unknown one taken for `unknownLoad`. */
function loadS({ cpuLoad, memoryLoad }: AgentView, { cpuWeight, memoryWeight, unknownLoad, loadS: fullS }: LoadBasedOptions): number {
  const weighted = cpuWeight * (cpuLoad ?? unknownLoad) + memoryWeight * (memoryLoad ?? unknownLoad);
  return (fullS * weighted) / (cpuWeight + memoryWeight);
}

/** What has been sent since the last report: loads are seconds old, counts are exact. */
function inFlightS({ inFlight, foreign, slots }: AgentView, { requestS }: LoadBasedOptions): number {
  return (requestS * (inFlight + foreign)) / Math.max(1, slots);
}

/** Unknown load is no reason to avoid an agent. */
function isAvoided({ cpuLoad, memoryLoad }: AgentView, { avoidAt }: LoadBasedOptions): boolean {
  return (cpuLoad !== undefined && cpuLoad >= avoidAt) || (memoryLoad !== undefined && memoryLoad >= avoidAt);
}
