import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createBenchOllama } from '../forward/bench-ollama.js';
import { anyFails, BAR_COLUMNS, type Bar, barRows } from '../support/bars.js';
import { markdownTable } from '../support/markdown-table.js';
import { ownRssBytes, readCpuMs } from '../support/process-usage.js';
import { startAgent, startCoordinator } from '../support/start-coordinator.js';
import { describeMachine, writeDocs } from '../support/write-docs.js';

/** `npm run bench:agent-idle`: what the headless agent takes of a machine while nobody asks anything, with its default settings. */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
    /** CPU profiles of the agents go there. */
    profile: { type: 'string' },
  },
});
const IDLE_S = values.quick ? 20 : 60;
/** What a start leaves to be compiled and collected. */
const SETTLE_MS = 10_000;
const MIB = 1024 * 1024;
const TRANSPORTS = ['direct', 'tunnel'] as const;
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main();

/** Exit code: 0, or 1 where a bar is missed by 5 ×. */
async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-agent-idle-'));
  const ollama = createBenchOllama().listen(0, '127.0.0.1');
  await once(ollama, 'listening');
  const ollamaUrl = `http://127.0.0.1:${(ollama.address() as AddressInfo).port}`;
  const coordinator = await startCoordinator({ folder });
  try {
    const bars: Bar[] = [];
    for (const transport of TRANSPORTS) bars.push(...(await measure({ folder, ollamaUrl, coordinatorUrl: coordinator.url }, transport)));
    return await report(bars);
  } finally {
    await coordinator.stop();
    ollama.closeAllConnections();
    ollama.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  place: { readonly folder: string; readonly ollamaUrl: string; readonly coordinatorUrl: string },
  transport: (typeof TRANSPORTS)[number],
): Promise<readonly Bar[]> {
  const startedAt = performance.now();
  const profile = values.profile === undefined ? {} : { profileFolder: join(values.profile, transport) };
  const agent = await startAgent({ ...place, ...profile, name: transport, env: { AGENT_TRANSPORT: transport } });
  const registrationMs = performance.now() - startedAt;
  try {
    await wait(SETTLE_MS);
    const cpuMs = readCpuMs(agent.pid);
    const from = performance.now();
    let rssBytes = 0;
    for (let second = 0; second < IDLE_S; second += 1) {
      await wait(1000);
      rssBytes = Math.max(rssBytes, ownRssBytes(agent.pid));
    }
    const share = (readCpuMs(agent.pid) - cpuMs) / (performance.now() - from);
    return [
      { name: `${transport}: process start → online`, value: registrationMs / 1000, limit: 5, unit: 's' },
      { name: `${transport}: resident memory, largest`, value: rssBytes / MIB, limit: 90, unit: 'MiB' },
      { name: `${transport}: CPU over ${IDLE_S} s`, value: share * 100, limit: 0.5, unit: '% of a core' },
    ];
  } finally {
    await agent.stop();
  }
}

async function report(bars: readonly Bar[]): Promise<number> {
  const table = markdownTable(BAR_COLUMNS, barRows(bars));
  console.log(`${describeMachine()}\n\n${table}`);
  if (values['write-docs']) console.log(`\nwritten to ${await writeDocs('bench:agent-idle', table)}`);
  return anyFails(bars) ? 1 : 0;
}
