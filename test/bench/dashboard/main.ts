import { parseArgs } from 'node:util';
import { anyFails, BAR_COLUMNS, type Bar, barRows } from '../support/bars.js';
import { startCompanion } from '../support/companion.js';
import { markdownTable } from '../support/markdown-table.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';
import type { ServerAnswer, ServerOrder } from './busy-server.js';
import { measurePage } from './measure-page.js';
import { openViewers } from './viewers.js';

const AGENTS = 200;
const PER_S = 50;
const VIEWERS = 300;
const SILENT = 20;
const MOST_SILENT_MS = 60_000;

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
    await server.ask({ do: 'usage' });
    const startedMs = performance.now();
    const page = await measurePage(origin, forMs, AGENTS);
    const { cpuMs } = await server.ask({ do: 'usage' });
    const load = `${AGENTS} agents, ${PER_S} requests/s`;
    return await report([
      {
        name: `longest task in the page, ${load}`,
        value: page.longestTaskMs,
        limit: 50,
        unit: 'ms',
        note: `${page.tasksOver50} tasks of 50 ms or more`,
      },
      {
        name: `script, style and layout per update, ${load}`,
        value: page.scriptPerUpdateMs,
        limit: 50,
        unit: 'ms',
        note: `${page.updates} updates`,
      },
      { name: `server CPU, ${load}, one page`, value: (cpuMs / (performance.now() - startedMs)) * 100, limit: 25, unit: '% of a core' },
      { name: `sent to a viewer while ${AGENTS} agents rest`, value: idle / 1000, limit: 5, unit: 'kB/s' },
      { name: `memory of ${VIEWERS} viewers`, value: crowd / 1e6, limit: 30, unit: 'MB' },
      { name: `${SILENT} viewers that stop reading are let go within`, value: silent, limit: 10_000, unit: 'ms' },
    ]);
  } finally {
    await server.stop();
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

  /** How long viewers that read nothing are kept; NaN: longer than it was waited for. */
  async function measureSilent(origin: string): Promise<number> {
    const { connections } = await server.ask({ do: 'usage' });
    const viewers = await openViewers(origin, SILENT, { reads: false });
    const startedMs = performance.now();
    while (performance.now() - startedMs < MOST_SILENT_MS) {
      await pause(200);
      if ((await server.ask({ do: 'usage' })).connections <= connections) return performance.now() - startedMs;
    }
    viewers.close();
    return Number.NaN;
  }
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
