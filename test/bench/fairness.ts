import { parseArgs } from 'node:util';
import type { Agent } from '@ollama-coordinator/common';
import { askAsCaller, type CallerAnswer } from '../support/ask-as-caller.js';
import { eventually } from '../support/eventually.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';
import { anyFails, BAR_COLUMNS, type Bar, barRows } from './support/bars.js';
import { markdownTable } from './support/markdown-table.js';
import { percentile } from './support/statistics.js';
import { describeMachine, writeDocs } from './support/write-docs.js';

const DECODE_TOKENS_PER_S = 200;
const TOKENS = 40;
const SERVICE_MS = (TOKENS / DECODE_TOKENS_PER_S) * 1000;
const BAR_MS = SERVICE_MS + 250;
const AGENTS = ['one', 'two'];
const SLOTS = 4;
const REPLICAS = 3;
const FLOODER = '127.0.0.1';
const SINGLE = '127.0.0.2';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, 'write-docs': { type: 'boolean', default: false } },
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main(values.quick ? { flood: 200 } : { flood: 500 });

/** Exit code: 0, or 1 where a request failed or a bar is missed by 5 ×. */
async function main({ flood }: { readonly flood: number }): Promise<number> {
  const ollama = {
    models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: DECODE_TOKENS_PER_S, loadMs: 10 }],
    numParallel: SLOTS,
  } as const;
  const fleet = await startFleet({
    replicas: REPLICAS,
    env: { COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-run-only', COORDINATOR_AGENT_TTL_MS: '5000' },
    agents: AGENTS.map((name) => ({ name, ollama, env: { AGENT_SLOTS: String(SLOTS) } })),
  });
  try {
    await Promise.all(fleet.coordinators.map(({ url }) => seesAgents(url)));
    return await report(flood, await measure(fleet, flood));
  } finally {
    await fleet.close();
  }
}

interface Waits {
  readonly singles: readonly CallerAnswer[];
  readonly flooded: readonly CallerAnswer[];
}

/** While the flood waits at every replica, the other caller sends one at a time, to each replica in turn. */
async function measure(fleet: Fleet, flood: number): Promise<Waits> {
  const urlOf = (index: number) => fleet.coordinators[index % REPLICAS]?.url ?? '';
  const ask = (localAddress: string, index: number) => askAsCaller({ url: urlOf(index), localAddress, tokens: TOKENS });
  let isOver = false;
  const flooding = Array.from({ length: flood }, (_, index) => ask(FLOODER, index));
  const flooded = Promise.all(flooding);
  // The last requests of the flood no longer hold anybody up.
  void Promise.all(flooding.slice(0, -3 * AGENTS.length * SLOTS)).then(() => {
    isOver = true;
  });
  await Promise.all(fleet.coordinators.map(({ url }) => eventually(async () => (await waiting(url)) > flood / (2 * REPLICAS))));
  const singles: CallerAnswer[] = [];
  while (!isOver) singles.push(await ask(SINGLE, singles.length));
  return { singles, flooded: await flooded };
}

async function seesAgents(url: string): Promise<void> {
  await eventually(async () => {
    const agents = (await (await fetch(`${url}/api/agents`)).json()) as readonly Agent[];
    return agents.filter(({ status }) => status === 'online').length === AGENTS.length;
  });
}

async function waiting(url: string): Promise<number> {
  return ((await (await fetch(`${url}/api/coordinator/stats`)).json()) as { waiting: number }).waiting;
}

async function report(flood: number, { singles, flooded }: Waits): Promise<number> {
  const waitsMs = singles.map(({ queueMs }) => queueMs);
  const floodMs = flooded.map(({ queueMs }) => queueMs);
  const failed = [...singles, ...flooded].filter(({ status }) => status !== 200).length;
  const bars: readonly Bar[] = [
    { name: 'wait of who sends one at a time, p50', value: percentile(waitsMs, 0.5), limit: BAR_MS, unit: 'ms' },
    { name: 'wait of who sends one at a time, longest', value: Math.max(...waitsMs), limit: BAR_MS, unit: 'ms' },
    { name: 'requests that failed', value: failed, limit: 0, unit: `of ${singles.length + flooded.length}` },
  ];
  const text = `One caller sends ${flood} requests at once over ${REPLICAS} replicas, another one at a time (${singles.length} in that time); ${AGENTS.length} agents with ${SLOTS} slots each, \
${SERVICE_MS} ms an answer. The bar is one residual service time and 250 ms.

${markdownTable(BAR_COLUMNS, barRows(bars))}

The flood's own waits: p50 ${percentile(floodMs, 0.5).toFixed(0)} ms, longest ${Math.max(...floodMs).toFixed(0)} ms.`;
  console.log(`${describeMachine()}\n\n${text}`);
  if (values['write-docs']) console.log(`\nwritten to ${await writeDocs('bench:fairness', text)}`);
  return anyFails(bars) ? 1 : 0;
}
