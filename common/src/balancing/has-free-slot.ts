import type { RunnerSignature } from '../runner-signature.js';
import type { AgentView, ModelName } from './contract.js';

const SEMICOLON = 59;

/**
 * Whether the agent could begin a request of this signature at once, as far as its view tells: its runner has a slot left,
 * or it may load one. Ollama holds a model with one set of load options at a time, so that a runner of the same model
 * with other options must be idle first; and a full house needs an idle runner that can be evicted. Pure.
 */
export function hasFreeSlot(agent: AgentView, model: ModelName, signature: RunnerSignature): boolean {
  let mayEvict = false;
  let mayReload = true;
  for (const runner of agent.runners) {
    if (runner.signature === signature) return runner.state !== 'unloading' && runner.inFlight < runner.slots;
    if (runner.inFlight === 0) mayEvict = true;
    else if (isOfModel(runner.signature, model)) mayReload = false;
  }
  return mayReload && (mayEvict || agent.maxRunners === undefined || agent.runners.length < agent.maxRunners);
}

function isOfModel(signature: RunnerSignature, model: ModelName): boolean {
  return signature.startsWith(model) && (signature.length === model.length || signature.charCodeAt(model.length) === SEMICOLON);
}
