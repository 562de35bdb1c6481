import { describeCause, type ExplainedCandidate, type Explanation, type RejectedAgent } from '@ollama-coordinator/common';
import { hasFreeSlot, type RequestFacts, requestsAhead } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import type { AgentEntry } from '../agent-views.js';
import { shortName, type WeightedBalancer } from '../decide.js';
import type { ExplainedCost } from './explain-costs.js';
import type { WhyNot } from './why-not.js';

export function describeRequest(request: RequestFacts, pin: string | undefined, notes: readonly string[]): Explanation['request'] {
  const { model, signature, operation, caller, session } = request;
  const tokens = { prompt_tokens: request.promptTokens.mean, output_tokens: request.outputTokens.mean };
  return {
    model,
    signature,
    operation,
    caller,
    ...(session === undefined ? {} : { session }),
    ...(pin === undefined ? {} : { pin }),
    ...tokens,
    ...(notes.length === 0 ? {} : { notes: [...notes] }),
  };
}

export function describeBalancer(weighted: WeightedBalancer, problems: Map<WeightedBalancer, string>): Explanation['balancers'][number] {
  const { name, weight, balancer } = weighted;
  let state: unknown;
  try {
    state = balancer.inspect?.();
  } catch (problem) {
    problems.set(weighted, describeCause(problem));
  }
  const problem = problems.get(weighted);
  return {
    name: shortName(name),
    weight,
    chooses: balancer.choose !== undefined,
    ...(state === undefined ? {} : { state }),
    ...(problem === undefined ? {} : { problem }),
  };
}

export function describeCandidate(
  { model, signature }: RequestFacts,
  { record, costed }: AgentEntry,
  { total, parts }: ExplainedCost,
  choice: Explanation['choice'],
  notes: ReadonlyMap<string, string>,
): ExplainedCandidate {
  const note = notes.get(record.id);
  return {
    agent_id: record.id,
    agent_name: record.name,
    cost_s: total,
    free: hasFreeSlot(costed.agent, model, signature),
    requests_ahead: requestsAhead(costed.agent, model, signature),
    chosen: choice.agent_id === record.id,
    parts: [...parts],
    ...(note === undefined ? {} : { note }),
  };
}

export function rejection({ id, name }: AgentRecord, ...whyNot: readonly WhyNot[]): RejectedAgent {
  const joined = (texts: readonly string[]) => [...new Set(texts)].join('; ');
  return {
    agent_id: id,
    agent_name: name,
    reason: joined(whyNot.map(({ reason }) => reason)),
    fix: joined(whyNot.map(({ fix }) => fix)),
  };
}
