import { parseArgs } from 'node:util';
import { anyFails, BAR_COLUMNS, type Bar, barRows } from '../support/bars.js';
import { startCompanion } from '../support/companion.js';
import { markdownTable } from '../support/markdown-table.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';
import type { ServerAnswer, ServerOrder } from './busy-server.js';
import { type MeasuredView, measurePage } from './measure-page.js';
import type { PageTask } from './trace-tasks.js';
import { openViewers } from './viewers.js';

const AGENTS = 200;
const PER_S = 50;
const VIEWERS = 300;
const SILENT = 20;
const MOST_SILENT_MS = 60_000;
const LONGEST_TASK_MS = 50;
/** Those with many rows. */
const VIEWS: Readonly<Record<string, MeasuredView>> = {
  Fleet: { hash: '#fleet', lastRow: `tr[data-agent="agent-${AGENTS - 1}"]` },
  Models: { hash: '#models', lastRow: 'tr[data-model] >> nth=2' },
  Requests: { hash: '#requests', lastRow: 'tr[data-request] >> nth=99' },
};

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, 'write-docs': { type: 'boolean', default: false } },
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main();

/** Exit code: 0, or 1 where a bar is missed by 5 ×. */
async function main(): Promise<number> {
  const forMs = values.quick ? 8000 : 20_000;
  const server = startCompanion<ServerOrder, ServerAnswer>(new URL('./busy-server.js', import.meta.url));
  try {
    const { origin } = await server.ask({ do: 'start', agents: AGENTS });
    const idle = await measureIdle(origin, forMs);
    const crowd = await measureCrowd(origin);
    const silent = await measureSilent(origin);
    await server.ask({ do: 'load', perS: PER_S });
    const load = `${AGENTS} agents, ${PER_S} requests/s`;
    const ofViews: Bar[] = [];
    for (const [view, shown] of Object.entries(VIEWS)) ofViews.push(...(await measureView(origin, view, shown, forMs)));
    return await report([
      ...ofViews.map((bar) => ({ ...bar, name: `${bar.name}, ${load}` })),
      { name: `sent to a viewer while ${AGENTS} agents rest`, value: idle / 1000, limit: 5, unit: 'kB/s' },
      { name: `memory of ${VIEWERS} viewers`, value: crowd / 1e6, limit: 30, unit: 'MB' },
      { name: `${SILENT} viewers that stop reading are let go within`, value: silent, limit: 10_000, unit: 'ms' },
    ]);
  } finally {
    await server.stop();
  }

  async function measureView(origin: string, view: string, shown: MeasuredView, ms: number): Promise<readonly Bar[]> {
    await server.ask({ do: 'usage' });
    const startedMs = performance.now();
    const { opening, running, scriptPerUpdateMs, updates } = await measurePage(origin, shown, ms);
    const { cpuMs } = await server.ask({ do: 'usage' });
    const forAllMs = performance.now() - startedMs;
    return [
      { name: `${view}: longest task while it opens`, ...taskBar(opening) },
      { name: `${view}: longest task while it is shown`, ...taskBar(running) },
      { name: `${view}: script, style and layout per update`, value: scriptPerUpdateMs, limit: 50, unit: 'ms', note: `${updates} updates` },
      { name: `${view}: server CPU for one page`, value: (cpuMs / forAllMs) * 100, limit: 25, unit: '% of a core' },
    ];
  }

  async function measureIdle(origin: string, ms: number): Promise<number> {
    const viewers = await openViewers(origin, 1);
    viewers.takeBytes();
    await pause(ms);
    const bytes = viewers.takeBytes();
    viewers.close();
    return (bytes * 1000) / ms;
  }

  async function measureCrowd(origin: string): Promise<number> {
    const before = await server.ask({ do: 'usage' });
    const viewers = await openViewers(origin, VIEWERS);
    await pause(6000);
    const after = await server.ask({ do: 'usage' });
    viewers.close();
    return after.rssBytes - before.rssBytes;
  }

  /** How long viewers that read nothing are kept. */
  async function measureSilent(origin: string): Promise<number> {
    await until(0);
    const viewers = await openViewers(origin, SILENT, { reads: false });
    const tookMs = await until(0);
    viewers.close();
    return tookMs;
  }

  /** How long it takes until so many are connected; NaN: longer than it is waited for. */
  async function until(connections: number): Promise<number> {
    const startedMs = performance.now();
    while (performance.now() - startedMs < MOST_SILENT_MS) {
      await pause(200);
      if ((await server.ask({ do: 'usage' })).connections <= connections) return performance.now() - startedMs;
    }
    return Number.NaN;
  }
}

/** By processor time, so that a machine that is busy otherwise does not count; how long it took by the clock is told beside. */
function taskBar(tasks: readonly PageTask[]): Omit<Bar, 'name'> {
  const [longest] = tasks;
  const over = tasks.filter(({ cpuMs }) => cpuMs > LONGEST_TASK_MS).length;
  const note =
    longest === undefined
      ? 'none'
      : `${longest.wallMs.toFixed(0)} ms by the clock; ${over === 0 ? 'none over' : `${over} over: ${longest.what}`}`;
  return { value: longest?.cpuMs ?? Number.NaN, limit: LONGEST_TASK_MS, unit: 'ms of CPU', note };
}

async function report(bars: readonly Bar[]): Promise<number> {
  const text = markdownTable(BAR_COLUMNS, barRows(bars));
  console.log(`${describeMachine()}\n\n${text}`);
  if (values['write-docs']) console.log(`\nwritten to ${await writeDocs('figures:dashboard', text)}`);
  return anyFails(bars) ? 1 : 0;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
