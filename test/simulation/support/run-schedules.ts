import { runSeed, type ScheduleResult } from './run-schedule.js';

export interface RunOptions {
  /** The first seed; the others follow it. */
  readonly from: number;
  readonly count: number;
  readonly say: (line: string) => void;
  /** Milliseconds after which no further schedule is begun. */
  readonly withinMs?: number;
}

export interface RunSummary {
  readonly schedules: number;
  readonly requests: number;
  /** Schedules in which a replica had spent its retry budget. */
  readonly budgetsSpent: number;
  readonly failed: readonly ScheduleResult[];
}

const MOST_SHOWN = 5;

/** Runs schedules one after another, and says how to replay those that fail. */
export async function runSchedules({ from, count, say, withinMs = Number.POSITIVE_INFINITY }: RunOptions): Promise<RunSummary> {
  const startedMs = performance.now();
  const failed: ScheduleResult[] = [];
  let [schedules, requests, completed, attempts, events, budgetsSpent] = [0, 0, 0, 0, 0, 0];
  while (schedules < count && performance.now() - startedMs < withinMs) {
    const result = await runSeed(from + schedules);
    schedules += 1;
    requests += result.requests;
    completed += result.completed;
    attempts += result.attempts;
    events += result.events;
    if (result.budgetSpent) budgetsSpent += 1;
    if (result.violations.length > 0) {
      failed.push(result);
      if (failed.length <= MOST_SHOWN)
        say(`${result.violations.slice(0, 3).join('\n')}\n  replay: npm run simulate -- --seed ${result.seed}`);
    }
    // Lets timers and signals of this process have their turn.
    await new Promise(setImmediate);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  say(
    `seeds ${from} to ${from + schedules - 1}: ${schedules} schedules, ${requests} requests (${completed} completed, ${attempts} attempts), ` +
      `${events} events in ${seconds.toFixed(1)} s; ${budgetsSpent} spent a retry budget, ${failed.length} failed`,
  );
  return { schedules, requests, budgetsSpent, failed };
}
