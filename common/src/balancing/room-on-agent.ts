import { modelOfSignature, type RunnerSignature } from '../runner-signature.js';
import type { AgentView, ModelName, Runner } from './contract.js';

/** Runners are few on one machine; which of them were counted is kept in bits, so that nothing is allocated per agent and request. */
export const MOST_RUNNERS = 31;

const SEMICOLON = 59;

/**
 * How many requests must end before so many runners are idle that evicting them makes room for one more, of this model:
 * 0 where there is room, Infinity where what is pinned leaves none. The agent's gate goes by the same rule, with the sizes that it has seen. Pure.
 */
export function requestsInTheWay(agent: AgentView, model: ModelName): number {
  let runners = runnersLacking(agent);
  let bytes = bytesLacking(agent, model);
  if (runners <= 0 && bytes <= 0) return 0;
  let inTheWay = 0;
  const count = Math.min(agent.runners.length, MOST_RUNNERS);
  for (let counted = 0, step = 0; step < count; step += 1) {
    const index = leastBusy(agent.runners, counted, model);
    const runner = agent.runners[index];
    if (runner === undefined) return Number.POSITIVE_INFINITY;
    counted |= 1 << index;
    inTheWay += runner.inFlight;
    runners -= 1;
    bytes -= bytesOfRunner(agent, runner);
    if (runners <= 0 && bytes <= 0) break;
  }
  return inTheWay;
}

/** By how many runners one more is too many; none where it is at most 0. */
export function runnersLacking({ runners, maxRunners }: AgentView): number {
  return maxRunners === undefined ? 0 : runners.length + 1 - maxRunners;
}

/** By how many bytes one more runner, of this model, is too much; none where it is at most 0. */
export function bytesLacking(agent: AgentView, model: ModelName): number {
  const { runners, maxRunnerBytes } = agent;
  if (maxRunnerBytes === undefined || runners.length === 0) return 0;
  // What does not fit into VRAM even alone runs on the processor in part: all of it is then enough.
  let bytes = Math.min(sizeOnDisk(agent, model), maxRunnerBytes) - maxRunnerBytes;
  for (const runner of runners) bytes += bytesOfRunner(agent, runner);
  return bytes;
}

/** VRAM that the runner takes; while it loads nobody knows. */
export function bytesOfRunner(agent: AgentView, { vramBytes, signature, state }: Runner): number {
  return vramBytes === 0 && state === 'loading' ? sizeOnDisk(agent, modelOfSignature(signature)) : vramBytes;
}

export function isOfModel(signature: RunnerSignature, model: ModelName): boolean {
  return signature.startsWith(model) && (signature.length === model.length || signature.charCodeAt(model.length) === SEMICOLON);
}

/** Of those that may go for the model and are not counted; -1: none is left. */
function leastBusy(runners: readonly Runner[], counted: number, model: ModelName): number {
  let least = -1;
  for (let index = 0; index < Math.min(runners.length, MOST_RUNNERS); index += 1) {
    const runner = runners[index];
    if (runner === undefined || (counted & (1 << index)) !== 0) continue;
    if (runner.pinned === true && !isOfModel(runner.signature, model)) continue;
    const best = runners[least];
    if (best === undefined || runner.inFlight < best.inFlight) least = index;
  }
  return least;
}

function sizeOnDisk(agent: AgentView, model: ModelName): number {
  return agent.models.get(model)?.sizeBytes ?? 0;
}
