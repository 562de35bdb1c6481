import { seededBy } from '../machine/seeded-by.js';
import { createDraws, type Draws } from './draws.js';
import { type SyntheticRequest, writeTrace } from './trace-writer.js';

const MINUTE_MS = 60_000;

/** Requests per second at a moment. */
type Rate = (atMs: number) => number;

/** Each kind of load that the shipped traces stand for. */
const KINDS: Readonly<Record<string, (draws: Draws) => readonly SyntheticRequest[]>> = {
  bursty: (draws) => singles(draws, 15 * MINUTE_MS, (atMs) => (atMs % 90_000 < 25_000 ? 2.2 : 0.35)),
  light: (draws) => singles(draws, 40 * MINUTE_MS, () => 0.22),
  overload: (draws) => singles(draws, 30 * MINUTE_MS, (atMs) => (atMs > 4 * MINUTE_MS && atMs < 6.5 * MINUTE_MS ? 3.2 : 0.35)),
  'many-models': (draws) => manyModels(draws, 16 * MINUTE_MS),
  sessions: (draws) => sessions(draws, 20 * MINUTE_MS),
};

/** The seed of the files that come with this package. */
export const SHIPPED_SEED = 1;

export const SYNTHETIC_TRACES: readonly string[] = Object.keys(KINDS);

/** One of the shipped traces as CSV; the same for the same seed. */
export function makeTrace(kind: string, seed: number): string {
  return writeTrace(KINDS[kind]?.(createDraws(seededBy(seed, 'trace', kind))) ?? []);
}

/** Single questions, five models by popularity; one request in twenty wants a longer context. */
function singles(draws: Draws, lastsMs: number, rate: Rate): readonly SyntheticRequest[] {
  return arrivals(draws, lastsMs, rate).map((atMs) => ({
    atMs,
    model: draws.model(5),
    ...(draws.random() < 0.05 ? { numCtx: 16_384 } : {}),
    caller: draws.caller(12),
    inputTokens: draws.tokens(350, 1, 6000),
    outputTokens: draws.tokens(130, 0.8, 1200),
  }));
}

/** Any model is as likely as another, but one is in fashion for three minutes each. */
function manyModels(draws: Draws, lastsMs: number): readonly SyntheticRequest[] {
  return arrivals(draws, lastsMs, () => 0.7).map((atMs) => {
    const fashion = 1 + (Math.floor(atMs / (3 * MINUTE_MS)) % 5);
    return {
      atMs,
      model: `#${draws.random() < 0.4 ? fashion : 1 + Math.floor(draws.random() * 5)}`,
      caller: draws.caller(20),
      inputTokens: draws.tokens(300, 0.9, 4000),
      outputTokens: draws.tokens(110, 0.7, 800),
    };
  });
}

/** Conversations: each turn repeats everything before it, and follows the answer by the time that a person needs. */
function sessions(draws: Draws, lastsMs: number): readonly SyntheticRequest[] {
  return arrivals(draws, lastsMs, () => 0.11).flatMap((startMs, index) => {
    const [model, caller] = [draws.model(5), draws.caller(16)];
    const turns = 2 + Math.floor(draws.random() * 9);
    const requests: SyntheticRequest[] = [];
    let [atMs, context] = [startMs, draws.tokens(400, 0.8, 3000)];
    for (let turn = 0; turn < turns && atMs < lastsMs; turn += 1) {
      const outputTokens = draws.tokens(160, 0.7, 1000);
      requests.push({ atMs, model, caller, session: `session-${index + 1}`, inputTokens: context, outputTokens });
      context += outputTokens + draws.tokens(60, 0.8, 1500);
      atMs += 8000 + draws.gapMs(1 / 25);
    }
    return requests;
  });
}

/** A Poisson process whose rate changes slowly as compared with its gaps. */
function arrivals(draws: Draws, lastsMs: number, rate: Rate): readonly number[] {
  const times: number[] = [];
  for (let atMs = draws.gapMs(rate(0)); atMs < lastsMs; atMs += draws.gapMs(rate(atMs))) times.push(atMs);
  return times;
}
