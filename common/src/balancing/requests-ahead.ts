import type { RunnerSignature } from '../runner-signature.js';
import type { AgentView, ModelName } from './contract.js';
import { isOfModel, requestsInTheWay } from './room-on-agent.js';

/**
 * How many of the agent's requests must end before one of this signature can begin there, as far as its view tells; 0: none.
 * Where its runner is loaded that is what stands before its next slot. Where it is not: Ollama holds a model with one set of
 * load options at a time, so that a runner of the same model with others must be idle first; and a full house, by number or by
 * memory, needs idle runners that can be evicted. A cost that leaves this out has requests wait beside an idle agent. Pure.
 */
export function requestsAhead(agent: AgentView, model: ModelName, signature: RunnerSignature): number {
  let toReload = 0;
  for (const runner of agent.runners) {
    const { inFlight } = runner;
    if (runner.signature === signature) return runner.state === 'unloading' ? inFlight + 1 : Math.max(0, inFlight + 1 - runner.slots);
    if (inFlight > toReload && isOfModel(runner.signature, model)) toReload = inFlight;
  }
  if (toReload > 0) return toReload;
  return requestsInTheWay(agent, model);
}

/** Whether the agent could begin a request of this signature at once. Pure. */
export function hasFreeSlot(agent: AgentView, model: ModelName, signature: RunnerSignature): boolean {
  return requestsAhead(agent, model, signature) === 0;
}
