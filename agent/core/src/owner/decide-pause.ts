import type { PauseCause } from './describe-pause.js';
import type { OwnerChoice } from './owner-choice.js';
import type { ScheduleState } from './schedule-at.js';

/** What may have an agent rest. */
export interface PauseFacts {
  readonly schedule: ScheduleState;
  readonly onBattery: boolean;
  readonly gpuBusy: boolean;
}

/** Why the settings would have the agent rest; undefined: they would not. What lasts longest comes first. Pure. */
export function policyPause({ schedule, onBattery, gpuBusy }: PauseFacts): PauseCause | undefined {
  if (!schedule.isOpen) return { by: 'schedule', untilMs: schedule.opensMs };
  if (onBattery) return { by: 'battery', untilMs: undefined };
  return gpuBusy ? { by: 'gpu', untilMs: undefined } : undefined;
}

/** The same with the owner's word, which goes before every setting. `choice` is one that is in force. Pure. */
export function decidePause(choice: OwnerChoice | undefined, facts: PauseFacts): PauseCause | undefined {
  if (choice?.choice === 'pause') return { by: 'owner', untilMs: choice.untilMs };
  return choice?.choice === 'serve' ? undefined : policyPause(facts);
}
