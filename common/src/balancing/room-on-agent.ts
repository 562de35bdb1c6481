import { modelOfSignature } from '../runner-signature.js';
import type { AgentView, ModelName, Runner } from './contract.js';

/**
 * How many requests must end before so many runners are idle that evicting them makes room for one more, of this model:
 * 0 where there is room. The agent's gate goes by the same rule, with the sizes that it has seen. Pure.
 */
export function requestsInTheWay(agent: AgentView, model: ModelName): number {
  const { runners, maxRunners = Number.POSITIVE_INFINITY, maxRunnerBytes = Number.POSITIVE_INFINITY } = agent;
  let count = runners.length + 1;
  let bytes = 0;
  if (maxRunnerBytes < Number.POSITIVE_INFINITY) {
    bytes = sizeOnDisk(agent, model);
    for (const runner of runners) bytes += bytesOf(agent, runner);
  }
  if (count <= maxRunners && bytes <= maxRunnerBytes) return 0;
  let inTheWay = 0;
  for (const runner of runners.toSorted((one, other) => one.inFlight - other.inFlight)) {
    inTheWay += runner.inFlight;
    count -= 1;
    bytes -= bytesOf(agent, runner);
    // Alone it is loaded in any case: what does not fit into VRAM runs on the processor.
    if (count <= maxRunners && (bytes <= maxRunnerBytes || count === 1)) break;
  }
  return inTheWay;
}

/** While it loads nobody knows what it takes. */
function bytesOf(agent: AgentView, { vramBytes, signature, state }: Runner): number {
  return vramBytes === 0 && state === 'loading' ? sizeOnDisk(agent, modelOfSignature(signature)) : vramBytes;
}

function sizeOnDisk(agent: AgentView, model: ModelName): number {
  return agent.models.get(model)?.sizeBytes ?? 0;
}
