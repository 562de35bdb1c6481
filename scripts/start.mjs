import { prepare } from './prepare/prepare.mjs';
import { readOptions } from './start/options.mjs';
import { runFleet } from './start/run-fleet.mjs';
import { stopWhenOrphaned } from './start/stop-when-orphaned.mjs';

const startedAt = performance.now();
const options = readOptions(process.argv.slice(2));
stopWhenOrphaned();
await prepare();
process.exit(await runFleet({ ...options, startedAt }));
