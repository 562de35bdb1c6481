import { parseArgs } from 'node:util';
import { BAR_COLUMNS, barRows } from '../support/bars.js';
import { markdownTable } from '../support/markdown-table.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';
import { startChaosFleet } from './chaos-fleet.js';
import { runChaos } from './run-chaos.js';

const FULL = { requestsPerS: 200, forMs: 300_000, everyMs: 15_000, heartbeatMs: 5000, ttlMs: 15_000 };
const QUICK = { requestsPerS: 60, forMs: 20_000, everyMs: 5000, heartbeatMs: 500, ttlMs: 2000 };

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    rate: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main();

/** Exit code: 0, or 1 where an invariant does not hold or a request failed that had no byte yet. */
async function main(): Promise<number> {
  const scale = values.quick ? QUICK : FULL;
  const forMs = values.seconds === undefined ? scale.forMs : Number(values.seconds) * 1000;
  const requestsPerS = Number(values.rate ?? scale.requestsPerS);
  const chaos = await startChaosFleet({ ...scale, keepRequests: Math.ceil((forMs / 1000) * requestsPerS * 2) });
  try {
    const { bars, problems, faults, summary } = await runChaos(chaos, { ...scale, forMs, requestsPerS, say: console.log });
    const text = `3 replicas behind nginx (docs/deploy/nginx.conf), 6 agents with simulated Ollamas, while agents, Ollamas, replicas and Redis are killed
in turn, each for ${scale.everyMs / 2000} s (${faults.lines.length} faults in ${forMs / 1000} s). One request in five streams 50 tokens, the others answer 5 at once.

${markdownTable(BAR_COLUMNS, barRows(bars))}

${summary}`;
    console.log(`\n${describeMachine()}\n\n${text}`);
    for (const problem of problems.slice(0, 20)) console.error(problem.replaceAll(/\s+/g, ' ').slice(0, 300));
    if (problems.length > 20) console.error(`and ${problems.length - 20} problems more`);
    if (values['write-docs']) console.log(`\nwritten to ${await writeDocs('bench:chaos', text)}`);
    return problems.length > 0 || bars.some(({ value, limit }) => value > limit && limit === 0) ? 1 : 0;
  } finally {
    await chaos.close();
  }
}
