import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LoadOrder, LoadResult } from '../forward/load-order.js';
import { anyFails, BAR_COLUMNS, type Bar, barRows, formatFigure } from '../support/bars.js';
import { startCompanion } from '../support/companion.js';
import { markdownTable } from '../support/markdown-table.js';
import { median } from '../support/statistics.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';
import { measureCancel } from './measure-cancel.js';
import { measureCut } from './measure-cut.js';
import { measureSlowReader, type SlowReaderFigures } from './measure-slow-reader.js';
import { CONNECTIONS, measureStreams, type StreamFigures } from './measure-streams.js';
import { startPlace } from './place.js';

/** `npm run bench:tunnel`: what a tunnel costs beside the agent's own address, and how it takes slow readers, leaving clients and a cut. */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
    /** CPU profiles of coordinator and agent go there. */
    profile: { type: 'string' },
  },
});
const MB = 1_000_000;
const HUGE_BYTES = (values.quick ? 60 : 200) * MB;
const CUT_MS = 10_000;
const CUTS = values.quick ? 1 : 3;
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main();

/** Exit code: 0, or 1 where a bar is missed by 5 ×. */
async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-tunnel-'));
  const load = startCompanion<LoadOrder, LoadResult>(new URL('../forward/load.js', import.meta.url));
  const place = await startPlace(folder, HUGE_BYTES, values.profile);
  try {
    console.log('streams');
    const streams = await measureStreams(load, place.coordinator.url, values.quick ? { rounds: 2, seconds: 1 } : { rounds: 5, seconds: 4 });
    console.log('clients that leave');
    const cancelMs = await measureCancel(place, values.quick ? 10 : 50);
    console.log('a slow reader');
    // The first of them fills the heaps with what any traffic of that size leaves in them.
    await measureSlowReader(place);
    const slow = await measureSlowReader(place);
    console.log('the network is cut');
    const backMs: number[] = [];
    for (let cut = 0; cut < CUTS; cut += 1) backMs.push(await measureCut(place, CUT_MS));
    return await report([...streamBars(streams), ...slowReaderBars(slow), ...leavingBars(cancelMs, backMs)], {
      slow,
      failures: streams.failures,
    });
  } finally {
    await place.close();
    await load.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function streamBars({ addedFirstByteMs, directFirstByteMs, failureCount, streams }: StreamFigures): readonly Bar[] {
  return [
    ...CONNECTIONS.map((connections) => ({
      name: `first token, added to that of the agent's own address, ${connections} at once, p50`,
      value: addedFirstByteMs[connections] ?? Number.NaN,
      limit: 2,
      unit: 'ms',
      note: `direct ${formatFigure(directFirstByteMs[connections] ?? Number.NaN)}`,
    })),
    { name: 'streams with a wrong byte or none', value: failureCount, limit: 0, unit: `of ${streams}` },
  ];
}

function slowReaderBars({ heldBytes, kernelBytes, besideMs, missingBytes }: SlowReaderFigures): readonly Bar[] {
  const size = `${HUGE_BYTES / MB} MB`;
  return [
    {
      name: `held by coordinator and agent for a slow reader of ${size}`,
      value: heldBytes / MB,
      limit: 1,
      unit: 'MB',
      note: `sockets ${formatFigure(kernelBytes / MB)}`,
    },
    { name: 'bytes that it misses in the end', value: Math.abs(missingBytes), limit: 0, unit: 'bytes' },
    { name: 'first token of another request beside it, slowest', value: besideMs, limit: 250, unit: 'ms' },
  ];
}

function leavingBars(cancelMs: readonly number[], backMs: readonly number[]): readonly Bar[] {
  return [
    {
      name: 'client leaves → Ollama stops, slowest',
      value: Math.max(...cancelMs),
      limit: 250,
      unit: 'ms',
      note: `median ${median(cancelMs).toFixed(1)}`,
    },
    {
      name: `network cut for ${CUT_MS / 1000} s → serves again, slowest`,
      value: Math.max(...backMs) / 1000,
      limit: 5,
      unit: 's',
      note: `${backMs.length} cuts`,
    },
  ];
}

async function report(bars: readonly Bar[], { slow, failures }: { slow: SlowReaderFigures; failures: readonly string[] }): Promise<number> {
  const mib = (bytes: number) => (bytes / MB).toFixed(1);
  const text = `One coordinator, one Ollama that costs next to nothing, two agents in front of it: one at its address, one through its tunnel.

${markdownTable(BAR_COLUMNS, barRows(bars))}

The slow reader stood still ${slow.stops} times, until all the way to Ollama did. Held is what Ollama had sent and the client had not got, less what the kernel's
socket queues held. Resident memory meanwhile grew by ${mib(slow.grownBytes.coordinator)} MB (coordinator) and ${mib(slow.grownBytes.agent)} MB (agent): garbage of the traffic for the most part.`;
  console.log(`${describeMachine()}\n\n${text}`);
  for (const failure of failures) console.log(failure);
  if (values['write-docs']) console.log(`\nwritten to ${await writeDocs('bench:tunnel', text)}`);
  return anyFails(bars) ? 1 : 0;
}
