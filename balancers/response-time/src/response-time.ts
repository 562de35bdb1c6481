import {
  type AgentView,
  type Balancer,
  type CostPart,
  type Instant,
  loadWithOneMore,
  type RequestFacts,
  requestsAhead,
} from '@ollama-coordinator/common/balancing';
import { createResponseTimes, type ResponseTimes } from './response-times.js';

export interface ResponseTimeOptions {
  readonly measure: 'first-byte' | 'total';
  /** Seconds after which about a third is left of a peak. */
  readonly decayS: number;
  /** Seconds that an agent is taken to need which nobody has measured of late, and the least that any is. */
  readonly unmeasuredS: number;
  /** Seconds added to an agent whose watch is silent. */
  readonly suspectPenaltyS: number;
}

/** Costs by what was measured, multiplied by what is in flight. State moves in `firstByte` and `settled` only. */
export function createResponseTime(options: ResponseTimeOptions): Balancer {
  const times = createResponseTimes(options.decayS);
  return {
    cost: (request, agent, at) => costResponseTime(request, agent, at, times, options),
    explain: (request, agent, at) => explainResponseTime(request, agent, at, times, options),
    assigned: ({ agent }) => times.meet(agent),
    firstByte({ request, agent, at, firstByteMs }) {
      times.observe('firstByte', agent, request.model, firstByteMs / 1000, at.monotonicMs);
    },
    settled({ request, agent, at, outcome, totalMs }) {
      // What failed or was cancelled says nothing of how long an answer takes.
      if (outcome === 'completed') times.observe('total', agent, request.model, totalMs / 1000, at.monotonicMs);
    },
    fleet(change) {
      if (change.type === 'agent-left') times.leave(change.agent);
    },
    inspect: () => times.show(),
  };
}

/** Response time × load + the wait for the next slot. Asked for every candidate of every request, so it makes nothing. Pure. */
function costResponseTime(
  request: RequestFacts,
  agent: AgentView,
  at: Instant,
  times: Pick<ResponseTimes, 'read'>,
  options: ResponseTimeOptions,
): number {
  const responseS = secondsOf(kindOf(options), request, agent, at, times, options) * loadWithOneMore(agent);
  return responseS + waitS(request, agent, at, times, options) + (agent.suspect ? options.suspectPenaltyS : 0);
}

/** The terms of the cost, for people. Pure. */
function explainResponseTime(
  request: RequestFacts,
  agent: AgentView,
  at: Instant,
  times: Pick<ResponseTimes, 'read'>,
  options: ResponseTimeOptions,
): readonly CostPart[] {
  const known = times.read(kindOf(options), agent.id, request.model, at.monotonicMs);
  const name = `${options.measure === 'total' ? 'answer' : 'first byte'}${known === undefined ? ', not measured yet' : ''}`;
  return [
    { name, seconds: secondsOf(kindOf(options), request, agent, at, times, options) * loadWithOneMore(agent) },
    { name: 'wait', seconds: waitS(request, agent, at, times, options) },
    { name: 'suspect', seconds: agent.suspect ? options.suspectPenaltyS : 0 },
  ];
}

function waitS(
  request: RequestFacts,
  agent: AgentView,
  at: Instant,
  times: Pick<ResponseTimes, 'read'>,
  options: ResponseTimeOptions,
): number {
  const ahead = requestsAhead(agent, request.model, request.signature);
  return ahead === 0 ? 0 : ahead * secondsOf('total', request, agent, at, times, options);
}

function secondsOf(
  kind: 'firstByte' | 'total',
  { model }: RequestFacts,
  agent: AgentView,
  { monotonicMs }: Instant,
  times: Pick<ResponseTimes, 'read'>,
  { unmeasuredS }: ResponseTimeOptions,
): number {
  return Math.max(unmeasuredS, times.read(kind, agent.id, model, monotonicMs) ?? unmeasuredS);
}

function kindOf({ measure }: ResponseTimeOptions): 'firstByte' | 'total' {
  return measure === 'total' ? 'total' : 'firstByte';
}
