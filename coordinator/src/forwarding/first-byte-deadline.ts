import type { Clock, Timer } from '@ollama-coordinator/common';

/** An answer in one piece may take this many times as long as the first byte of a stream, while its agent works on it. */
export const WHOLE_ANSWER_FACTOR = 5;
/** How often the agent's reports are looked at once the time for a first byte is over. */
const LOOK_PERIOD_MS = 1000;

export interface FirstByteDeadlineOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'setTimeout'>;
  readonly timeoutMs: number;
  /** Given for an answer in one piece, whose first byte is its last: whether the agent reports that it works on it. */
  readonly isWorking: (() => boolean) | undefined;
  readonly onMissed: () => void;
}

/**
 * The time within which the first byte must come. A stream has no more than that. An answer in one piece goes on for as long
 * as its agent is heard and reports it in flight: a frozen agent or a hung Ollama is noticed by that, a long answer is not
 * cut. A request that hangs alone ends after WHOLE_ANSWER_FACTOR times the time.
 */
export function startFirstByteDeadline({ clock, timeoutMs, isWorking, onMissed }: FirstByteDeadlineOptions): Timer {
  const lastMs = clock.monotonic() + WHOLE_ANSWER_FACTOR * timeoutMs;
  const look = () => {
    const leftMs = lastMs - clock.monotonic();
    if (leftMs > 0 && isWorking?.()) timer = clock.setTimeout(look, Math.min(LOOK_PERIOD_MS, leftMs));
    else onMissed();
  };
  let timer = clock.setTimeout(look, timeoutMs);
  return { cancel: () => timer.cancel() };
}
