import type { ModelName } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';

type PinsOf = Pick<AgentRecord, 'kept' | 'runners' | 'models' | 'maxRunners' | 'maxRunnerBytes'>;

/**
 * Whether an agent can ever have a runner of the model while its pinned ones stay, which they do: they give way to nothing. Also where they
 * work at this moment for others. Pure.
 */
export function hasRoomBesidePinned({ kept, runners, models, maxRunners, maxRunnerBytes }: PinsOf, model: ModelName): boolean {
  if (kept === undefined || kept.length === 0) return true;
  const pinned = runners.filter((runner) => kept.some((one) => one.pinned && one.model === runner.model));
  if (pinned.length === 0 || runners.some((runner) => runner.model === model)) return true;
  if (maxRunners !== undefined && pinned.length >= maxRunners) return false;
  if (maxRunnerBytes === undefined) return true;
  // What does not fit into VRAM even alone runs on the processor in part: all of it is then enough.
  const needed = Math.min(models.get(model)?.size_bytes ?? 0, maxRunnerBytes);
  return pinned.reduce((sum, { vram_bytes: bytes }) => sum + bytes, needed) <= maxRunnerBytes;
}
