import type { ModelName } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetSnapshot } from '../registry/fleet-snapshot.js';

/** Of the size on disk: what a runner takes beside the weights, where none was ever seen. */
const RUNNER_FACTOR = 1.2;

/** Bytes for models in an agent's memory: what its gate allows, else its GPUs, else the machine's. Infinity where none of it is known. */
export function memoryFor({ maxRunnerBytes, metrics }: Pick<AgentRecord, 'maxRunnerBytes' | 'metrics'>): number {
  if (maxRunnerBytes !== undefined) return maxRunnerBytes;
  const ofGpus = metrics.gpus.flatMap(({ vram_bytes: bytes }) => bytes ?? []);
  if (ofGpus.length > 0) return ofGpus.reduce((sum, bytes) => sum + bytes, 0);
  return metrics.memory_bytes ?? Number.POSITIVE_INFINITY;
}

/** Bytes that a runner of the model takes: the most that any agent reports, else by its size on disk. Undefined where nobody has it. */
export function memoryOf(model: ModelName, { agentsByModel, agents }: FleetSnapshot): number | undefined {
  const reported = [...agents.values()].flatMap(({ runners }) =>
    runners.filter((runner) => runner.model === model).map((runner) => runner.size_bytes),
  );
  const largest = Math.max(0, ...reported);
  if (largest > 0) return largest;
  const size = agentsByModel.get(model)?.[0]?.models.get(model)?.size_bytes;
  return size === undefined ? undefined : Math.ceil(size * RUNNER_FACTOR);
}
