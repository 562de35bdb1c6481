import type { AgentView, RequestFacts, Runner } from '../contract.js';
import { SAMPLE_MODEL, sampleAgent, sampleRequest } from './sample-agents.js';

type Random = () => number;

const SIGNATURES = [SAMPLE_MODEL, `${SAMPLE_MODEL};num_ctx=8192`, 'qwen3:latest', 'embed:latest'];

/** An agent with any figures that a view may hold, each optional one absent half the time. */
export function randomAgent(id: string, random: Random): AgentView {
  const slots = 1 + whole(random, 8);
  const runners = SIGNATURES.filter(() => random() < 0.4).map((signature) => randomRunner(signature, slots, random));
  const maybe = <Figure>(figure: Figure): Figure | undefined => (random() < 0.5 ? figure : undefined);
  return sampleAgent(id, {
    labels: { room: random() < 0.5 ? 'lab' : 'attic' },
    tier: whole(random, 4),
    weight: 0.1 + 8 * random(),
    slots,
    runners,
    inFlight: runners.reduce((sum, { inFlight }) => sum + inFlight, whole(random, 3)),
    foreign: whole(random, 3),
    heardMsAgo: 10_000 * random(),
    suspect: random() < 0.2,
    maxRunners: maybe(1 + whole(random, 4)),
    cpuLoad: maybe(random()),
    memoryLoad: maybe(random()),
    vramFreeBytes: maybe(48e9 * random()),
    firstByteMs: maybe(60_000 * random()),
  });
}

function randomRunner(signature: string, slots: number, random: Random): Runner {
  const state = (['loading', 'ready', 'unloading'] as const)[whole(random, 3)] ?? 'ready';
  const idle = random() < 0.3;
  return {
    signature,
    slots,
    inFlight: idle ? 0 : whole(random, 2 * slots),
    state,
    vramBytes: 20e9 * random(),
    warm: new Set(random() < 0.5 ? ['block-1', 'block-2'] : []),
    ...(idle ? { idleSinceMs: 1000 * random() } : { busyUntilMs: 100_000 * random() }),
  };
}

export function randomRequest(number: number, random: Random): RequestFacts {
  const tokens = 1 + 20_000 * random();
  return sampleRequest(number, {
    attempt: 1 + whole(random, 3),
    signature: SIGNATURES[whole(random, 2)] ?? SAMPLE_MODEL,
    priority: random() < 0.5 ? 'interactive' : 'batch',
    bodyBytes: Math.round(4 * tokens),
    promptTokens: { mean: tokens, p90: 2 * tokens, from: random() < 0.5 ? 'prior' : 'learned' },
    prefix: random() < 0.5 ? ['block-1', 'block-2', `block-${number}`] : [],
  });
}

/** A whole number from 0 up to but not including `below`. */
function whole(random: Random, below: number): number {
  return Math.floor(random() * below);
}
