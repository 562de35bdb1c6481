import { parseArgs } from 'node:util';
import { runSeed } from './support/run-schedule.js';
import { runSchedules } from './support/run-schedules.js';

/** `npm run simulate -- --seed 123` replays one schedule, `-- --schedules 100000 [--from 1]` runs many. */
const { values } = parseArgs({ options: { seed: { type: 'string' }, schedules: { type: 'string' }, from: { type: 'string' } } });

if (values.seed !== undefined) {
  const result = await runSeed(Number(values.seed));
  console.log(JSON.stringify(result, undefined, 2));
  if (result.violations.length > 0) process.exitCode = 1;
} else {
  const summary = await runSchedules({
    from: Number(values.from ?? Date.now() % 1_000_000_000),
    count: Number(values.schedules ?? 2000),
    say: console.log,
  });
  if (summary.failed.length > 0) process.exitCode = 1;
}
