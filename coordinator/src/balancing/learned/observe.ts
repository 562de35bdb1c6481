import type { Attempt } from '@ollama-coordinator/common';
import { learn } from './cell.js';
import { type Cells, type Kind, nameOf } from './cells.js';
import { learnCrowding, shareInCrowd, slowdownOf } from './crowding.js';
import { learnDemand } from './demand.js';
import { learnSpeed, type Pair, readSpeed } from './speeds.js';
import { learnTokens } from './tokens.js';

/** Figures outside these are no measurements of a machine: they are passed over. */
const SANE = { seconds: [1e-5, 3600], tokensPerS: [0.02, 1e6], tokens: [1, 1e7] } as const;
/** What the coordinator's clock says is less exact than Ollama's record. */
const CLOCK_WEIGHT = 0.5;
/** A prompt or answer of so many tokens says half of what a long one says of the speed. */
const HALF_WEIGHT_TOKENS = { prefill: 32, decode: 4 };
/** More of a prompt than this in a warm prefix, and its prefill says nothing of the speed. */
const COLD_SHARE = 0.05;
const OVERHEAD_GAIN = 0.1;
const LEAST_OVERHEAD_S = 0.001;
const MOST_OVERHEAD_S = 5;
const WARM_GAIN = 0.2;
/** Of a warm token: the answer to an earlier prompt, which is warm as well, may be as long as that. */
const MOST_SAVED = 2;
/** Tokens that must have been warm for the difference to be seen. */
const LEAST_WARM_TOKENS = 64;

/**
 * The fold: takes one attempt into what is known. `atMs`: when it was recorded, by Redis' clock. The figures follow from the
 * attempts in their order alone. What a record leaves out, or has absurdly, teaches nothing.
 */
export function observe(cells: Cells, attempt: Attempt, atMs: number): void {
  if (attempt.attempt === 1 && !attempt.continues) learnDemand(cells, attempt.signature, atMs);
  // A continuation's prompt is another one than the caller's, and of a failure nobody knows what it did.
  if (attempt.continues || attempt.outcome === 'failed') return;
  const pair = pairOf(attempt);
  learnLoad(cells, attempt, pair, atMs);
  learnPrefill(cells, attempt, pair, atMs);
  learnDecode(cells, attempt, pair, atMs);
  learnOverhead(cells, attempt, atMs);
  learnTokens(cells, attempt, atMs);
}

function pairOf({ agent_id: agent, model, model_bytes: modelBytes = 0, vram_bytes: vramBytes = 0 }: Attempt): Pair {
  return { agent, model, modelBytes, vramBytes };
}

/** Only who began the load waited for all of it. */
function learnLoad(cells: Cells, attempt: Attempt, pair: Pair, atMs: number): void {
  if (attempt.runner !== 'absent') return;
  const isMeasured = attempt.load_ms !== undefined;
  const tookS = isMeasured ? seconds(attempt.load_ms) : timedLoadS(cells, attempt, pair, atMs);
  if (tookS !== undefined) learnSpeed(cells, 'load', pair, tookS, atMs, isMeasured ? 1 : CLOCK_WEIGHT);
}

/** The time until the first byte of a stream, less what the prompt took of it. */
function timedLoadS(cells: Cells, attempt: Attempt, pair: Pair, atMs: number): number | undefined {
  const firstByteS = attempt.stream ? seconds(attempt.first_byte_ms) : undefined;
  if (firstByteS === undefined) return undefined;
  const prefillS = (attempt.prompt_tokens ?? 0) / readSpeed(cells, 'prefill', pair, atMs).mean;
  return Math.max(firstByteS - prefillS, firstByteS / 5);
}

function learnPrefill(cells: Cells, attempt: Attempt, pair: Pair, atMs: number): void {
  const tokens = within(attempt.prompt_tokens, SANE.tokens);
  const took = prefillTime(attempt);
  if (tokens === undefined || took === undefined) return;
  const warm = attempt.warm_tokens ?? 0;
  if (warm > COLD_SHARE * tokens) {
    learnWarm(cells, pair, { tokens, warm, tookS: took.seconds }, atMs);
    return;
  }
  const perS = within(tokens / took.seconds, SANE.tokensPerS);
  if (perS === undefined || (attempt.warm_tokens === undefined && seemsWarm(cells, pair, perS, atMs))) return;
  learnSpeed(cells, 'prefill', pair, perS, atMs, (took.weight * tokens) / (tokens + HALF_WEIGHT_TOKENS.prefill));
}

/** By Ollama's record, else the time until the first byte of a stream from a loaded model. */
function prefillTime({ prefill_ms: measuredMs, first_byte_ms: firstByteMs, stream, runner }: Attempt): Timed | undefined {
  const isMeasured = measuredMs !== undefined;
  const took = isMeasured || (stream && runner === 'ready') ? seconds(isMeasured ? measuredMs : firstByteMs) : undefined;
  return took === undefined ? undefined : { seconds: took, weight: isMeasured ? 1 : CLOCK_WEIGHT };
}

interface Timed {
  readonly seconds: number;
  readonly weight: number;
}

/** Where nobody looked whether the prompt was warm, much too fast means that it was. */
function seemsWarm(cells: Cells, pair: Pair, perS: number, atMs: number): boolean {
  const { mean, from } = readSpeed(cells, 'prefill', pair, atMs);
  return from === 'learned' && perS > 2 * mean;
}

/** How much of the prefill a warm token saves. */
function learnWarm(cells: Cells, pair: Pair, { tokens, warm, tookS }: { tokens: number; warm: number; tookS: number }, atMs: number): void {
  const { mean, from } = readSpeed(cells, 'prefill', pair, atMs);
  if (from !== 'learned' || warm < LEAST_WARM_TOKENS) return;
  const saved = (tokens - tookS * mean) / Math.min(warm, tokens);
  const name = nameOf(pair.agent, pair.model);
  const share = Math.min(Math.max(saved, 0), MOST_SAVED);
  cells.set('warm', name, learn(cells.get('warm', name), share, atMs, { gain: WARM_GAIN }));
}

function learnDecode(cells: Cells, attempt: Attempt, pair: Pair, atMs: number): void {
  const isMeasured = attempt.decode_ms !== undefined;
  const tokens = (isMeasured ? attempt.output_tokens : attempt.chunks) ?? 0;
  const tookS = seconds(isMeasured ? attempt.decode_ms : streamedMs(attempt));
  // The first token belongs to the prefill.
  const perS = tokens < 2 || tookS === undefined ? undefined : within(tokens / tookS, SANE.tokensPerS);
  if (perS === undefined) return;
  const crowd = (attempt.in_flight + (attempt.in_flight_after ?? attempt.in_flight)) / 2;
  // The more others ran beside it, the less it says of the speed alone.
  const weight = (tokens / (tokens + HALF_WEIGHT_TOKENS.decode) / (1 + crowd)) * (isMeasured ? 1 : CLOCK_WEIGHT);
  learnCrowding(cells, pair, { perS, crowd }, atMs);
  learnSpeed(cells, 'decode', pair, perS / shareInCrowd(slowdownOf(cells, pair.agent, pair.model), crowd), atMs, weight);
}

function streamedMs({ stream, first_byte_ms: firstByteMs, total_ms: totalMs }: Attempt): number | undefined {
  return stream && firstByteMs !== undefined ? totalMs - firstByteMs : undefined;
}

/**
 * What the way there and back adds, where Ollama's own figures say what it did itself. As its logarithm: what one request in
 * twenty waits for, because Ollama unloads something for somebody else, is not what the next one has to expect.
 */
function learnOverhead(cells: Cells, attempt: Attempt, atMs: number): void {
  const { runner, stream, load_ms: loadMs, prefill_ms: prefillMs, decode_ms: decodeMs = 0 } = attempt;
  if (runner !== 'ready' || attempt.outcome !== 'completed' || loadMs === undefined || prefillMs === undefined) return;
  const seenMs = stream ? attempt.first_byte_ms : attempt.total_ms - decodeMs;
  const overheadS = within(((seenMs ?? Number.NaN) - prefillMs) / 1000, [0, MOST_OVERHEAD_S]);
  if (overheadS === undefined) return;
  const { agent_id: agent } = attempt;
  const log = Math.log(Math.max(overheadS, LEAST_OVERHEAD_S));
  cells.set('overhead', agent, learn(cells.get('overhead', agent), log, atMs, { gain: OVERHEAD_GAIN }));
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : within(milliseconds / 1000, SANE.seconds);
}

function within(value: number | undefined, range: readonly [least: number, most: number]): number | undefined {
  return value !== undefined && value >= range[0] && value <= range[1] ? value : undefined;
}

/** Kinds whose cells are about one agent. */
export const AGENT_KINDS: readonly Kind[] = ['load', 'prefill', 'decode', 'crowding', 'warm', 'overhead'];
