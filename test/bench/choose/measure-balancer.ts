import { seededRandom, silentLogger, systemClock } from '@ollama-coordinator/common';
import type { BalancerManifest } from '@ollama-coordinator/common/balancing';
import { type Assignment, createBalancing } from '#coordinator/balancing/create-balancing.js';
import type { AgentRecord } from '#coordinator/registry/fleet-snapshot.js';
import { requestFacts } from '../../support/request-facts.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../support/scripted-fleet.js';
import { answerOrders } from '../support/companion.js';
import { type Spread, spreadOf } from '../support/statistics.js';

/** A balancer's short name; `isQuick`: fewer rounds, for CI. */
export interface BalancerOrder {
  readonly name: string;
  readonly isQuick: boolean;
}

/**
 * How long one balancer takes to place a request among 1,000 agents, in a process of its own: a replica runs one profile, and what V8
 * compiled for another balancer's objects would have this one pay for them. Each round places a request and settles the oldest one in
 * flight; every fifth takes a heartbeat in, as 1,000 agents at 5 s and 1,000 requests per second do. The answer is in microseconds: the
 * least of several passes, since what else the machine does only adds.
 */
answerOrders<BalancerOrder, Spread>(measureBalancer);

const AGENTS = 1000;
const MOST_IN_FLIGHT = 500;
const ROUNDS_PER_HEARTBEAT = 5;
const EXACT = { passes: 3, warmUpRounds: 3000, rounds: 20_000 };
const QUICK = { passes: 2, warmUpRounds: 500, rounds: 1000 };

const MODEL = 'llama3:latest';
const models = modelsOnDisk(MODEL, 'qwen3:8b', 'nomic-embed-text:latest');

async function measureBalancer({ name, isQuick }: BalancerOrder): Promise<Spread> {
  const { default: manifest } = (await import(`@ollama-coordinator/balancer-${name}`)) as { default: BalancerManifest };
  const length = isQuick ? QUICK : EXACT;
  const spreads: Spread[] = [];
  for (let pass = 0; pass < length.passes; pass += 1) spreads.push(await measurePass(manifest, length));
  return { p50: Math.min(...spreads.map(({ p50 }) => p50)), p99: Math.min(...spreads.map(({ p99 }) => p99)) };
}

async function measurePass(manifest: BalancerManifest, { warmUpRounds, rounds }: typeof EXACT): Promise<Spread> {
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
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    if (round % ROUNDS_PER_HEARTBEAT === 0) fleet.put(beat(Math.floor(random() * AGENTS), random));
    if (running.length >= MOST_IN_FLIGHT) running.shift()?.settle({ outcome: 'completed', totalMs: 1 });
    // A string of its own, as one parsed from a request is.
    const model = Buffer.from(MODEL).toString();
    const request = requestFacts(model);
    const startMs = performance.now();
    const placement = balancing.place(request, { exclude: new Set() });
    if (round >= warmUpRounds) tookUs.push((performance.now() - startMs) * 1000);
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
