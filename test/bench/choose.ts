import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom, silentLogger, systemClock } from '@ollama-coordinator/common';
import type { BalancerManifest } from '@ollama-coordinator/common/balancing';
import { type Assignment, createBalancing } from '#coordinator/balancing/create-balancing.js';
import type { AgentRecord } from '#coordinator/registry/fleet-snapshot.js';
import { REPOSITORY } from '../support/repository.js';
import { requestFacts } from '../support/request-facts.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../support/scripted-fleet.js';
import { anyFails, BAR_COLUMNS, type Bar, barRows } from './support/bars.js';
import { markdownTable } from './support/markdown-table.js';
import { type Spread, spreadOf } from './support/statistics.js';

/**
 * How long placing one request among 1,000 agents takes: `npm run bench:choose`, and after `--` the short names of
 * balancers where not all are wanted (`--quick`: fewer rounds, for CI). Each round places a request and settles the oldest one
 * in flight; every fifth takes a heartbeat in, as 1,000 agents at 5 s and 1,000 requests per second do.
 */
const AGENTS = 1000;
const IS_QUICK = process.argv.includes('--quick');
const ROUNDS = IS_QUICK ? 1000 : 20_000;
const WARM_UP_ROUNDS = IS_QUICK ? 500 : 3000;
const MOST_IN_FLIGHT = 500;
const ROUNDS_PER_HEARTBEAT = 5;
/** The least of several passes counts: what else the machine does only adds. */
const PASSES = IS_QUICK ? 2 : 3;
const P50_BAR_US = 50;
const P99_AIM_US = 100;
/** The bar that fails the command when it is missed by far: the default balancer's usual decision. The others are shown beside it. */
const JUDGED = '@ollama-coordinator/balancer-predictive p50';

const MODEL = 'llama3:latest';
const models = modelsOnDisk(MODEL, 'qwen3:8b', 'nomic-embed-text:latest');

const bars: Bar[] = [];
for (const manifest of await ours()) bars.push(...(await leastOf(PASSES, manifest)));
console.log(markdownTable(BAR_COLUMNS, barRows(bars)));
process.exitCode = anyFails(bars.filter(({ name }) => name === JUDGED)) ? 1 : 0;

async function ours(): Promise<readonly BalancerManifest[]> {
  const folders = readdirSync(join(REPOSITORY, 'balancers'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const named = folders.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  if (named.length === 0) throw new Error(`no balancer of ours is named ${wanted.join(' or ')}`);
  const modules = named.map(async ({ name }) => (await import(`@ollama-coordinator/balancer-${name}`)) as { default: BalancerManifest });
  return (await Promise.all(modules)).map((module) => module.default);
}

async function leastOf(passes: number, manifest: BalancerManifest): Promise<readonly Bar[]> {
  const spreads: Spread[] = [];
  for (let pass = 0; pass < passes; pass += 1) spreads.push(await measure(manifest));
  return [
    { name: `${manifest.name} p50`, value: Math.min(...spreads.map(({ p50 }) => p50)), limit: P50_BAR_US, unit: 'µs' },
    { name: `${manifest.name} p99`, value: Math.min(...spreads.map(({ p99 }) => p99)), limit: P99_AIM_US, unit: 'µs' },
  ];
}

async function measure(manifest: BalancerManifest): Promise<Spread> {
  const random = seededRandom(1);
  const parsed = manifest.options.safeParse({});
  if (!parsed.success) throw new Error(`${manifest.name} needs options`);
  const profile = [
    {
      name: manifest.name,
      balancer: await manifest.create(parsed.data, { log: silentLogger }),
      weight: 1,
      mostCandidates: manifest.mostCandidates,
    },
  ];
  const fleet = createScriptedFleet(...Array.from({ length: AGENTS }, (_, index) => beat(index, random)));
  const balancing = createBalancing({ profile, fleet, replicaId: 'r1', clock: systemClock, random, log: silentLogger });
  const running: Assignment[] = [];
  const tookUs: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    if (round % ROUNDS_PER_HEARTBEAT === 0) fleet.put(beat(Math.floor(random() * AGENTS), random));
    if (running.length >= MOST_IN_FLIGHT) running.shift()?.settle({ outcome: 'completed', totalMs: 1 });
    // A string of its own, as one parsed from a request is.
    const model = Buffer.from(MODEL).toString();
    const request = requestFacts(model);
    const startMs = performance.now();
    const placement = balancing.place(request, { exclude: new Set() });
    if (round >= WARM_UP_ROUNDS) tookUs.push((performance.now() - startMs) * 1000);
    if (placement.kind === 'assigned') running.push(placement);
  }
  if (balancing.faults().length > 0) throw new Error(`${manifest.name} failed: ${JSON.stringify(balancing.faults())}`);
  await balancing.close();
  return spreadOf(tookUs);
}

/** What an agent says of itself in a heartbeat: two runners, some load. */
function beat(index: number, random: () => number): AgentRecord {
  const runner = { digest: 'd', state: 'ready', slots: 4, in_flight: 0, size_bytes: 4e9, vram_bytes: 4e9 } as const;
  const runners = [MODEL, 'qwen3:8b'].map((model) => ({ ...runner, model, signature: model }));
  return anAgent({ id: `agent-${index}`, models, runners, slots: 4, metrics: { cpu: random(), memory: random(), gpus: [] } });
}
