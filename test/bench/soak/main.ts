import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AGENT_SLOTS, startChaosFleet } from '../chaos/chaos-fleet.js';
import { rateForLoad } from '../chaos/open-loop.js';
import { runChaos } from '../chaos/run-chaos.js';
import { BAR_COLUMNS, type Bar, barRows } from '../support/bars.js';
import { markdownTable } from '../support/markdown-table.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';
import { type Resources, readResources } from './resources.js';

const MIB = 1024 * 1024;
const WARM_UP_MS = 60_000;
const FAULT_EVERY_MS = 30_000;
/** After the last request, so that idle connections and finished work are gone. */
const REST_MS = 10_000;
/** Growth that is none: caches that fill, connections that come and go. */
const ALLOWED = { rssShare: 0.25, descriptors: 30, timers: 30, redisKeys: 20 };

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    load: { type: 'string', default: '0.7' },
    /** Of each agent: fewer make the same load of fewer requests, for a machine that has other work. */
    slots: { type: 'string', default: String(AGENT_SLOTS) },
    'write-docs': { type: 'boolean', default: false },
  },
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main();

/** Exit code: 0, or 1 where an invariant does not hold or something grew. */
async function main(): Promise<number> {
  const forMs = Number(values.minutes) * 60_000;
  const slots = Number(values.slots);
  const requestsPerS = rateForLoad(Number(values.load), slots);
  const seconds = (forMs + WARM_UP_MS) / 1000;
  const chaos = await startChaosFleet({ heartbeatMs: 5000, ttlMs: 15_000, keepRequests: Math.ceil(seconds * requestsPerS), slots });
  try {
    const order = { requestsPerS, everyMs: FAULT_EVERY_MS, say: console.log };
    const warmUp = await runChaos(chaos, { ...order, forMs: Math.min(WARM_UP_MS, forMs / 2) });
    await wait(REST_MS);
    const before = await readResources(chaos.fleet);
    const { bars, problems, summary, faults } = await runChaos(chaos, { ...order, forMs });
    await wait(REST_MS);
    const all: readonly Bar[] = [...bars, ...growth(before, await readResources(chaos.fleet))];
    const text = `${values.minutes} minutes at ${Math.round(Number(values.load) * 100)} % load of ${slots} slots an agent with ${faults.lines.length} faults, one each ${FAULT_EVERY_MS / 1000} s; growth over the three coordinators since the end of the warm-up.

${markdownTable(BAR_COLUMNS, barRows(all))}

${summary}`;
    console.log(`\n${describeMachine()}\n\n${text}`);
    const found = [...new Set([...warmUp.problems, ...problems])];
    for (const problem of found.slice(0, 20)) console.error(problem.replaceAll(/\s+/g, ' ').slice(0, 300));
    if (values['write-docs']) console.log(`\nwritten to ${await writeDocs('soak', text)}`);
    return found.length > 0 || all.some(({ value, limit }) => value > limit) ? 1 : 0;
  } finally {
    await chaos.close();
  }
}

function growth(before: Resources, after: Resources): readonly Bar[] {
  const grown = (name: keyof Resources) => Math.max(0, after[name] - before[name]);
  const from = (name: keyof Resources) => ({ note: `${before[name]} → ${after[name]}` });
  return [
    {
      name: 'RSS grown',
      value: grown('rssBytes') / MIB,
      limit: (before.rssBytes * ALLOWED.rssShare) / MIB,
      unit: 'MiB',
      note: `${(before.rssBytes / MIB).toFixed(0)} → ${(after.rssBytes / MIB).toFixed(0)}`,
    },
    { name: 'descriptors grown', value: grown('descriptors'), limit: ALLOWED.descriptors, unit: '', ...from('descriptors') },
    { name: 'timers grown', value: grown('timers'), limit: ALLOWED.timers, unit: '', ...from('timers') },
    { name: 'Redis keys grown', value: grown('redisKeys'), limit: ALLOWED.redisKeys, unit: '', ...from('redisKeys') },
  ];
}
