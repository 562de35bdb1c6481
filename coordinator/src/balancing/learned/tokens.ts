import type { Attempt } from '@ollama-coordinator/common';
import type { Estimate } from '@ollama-coordinator/common/balancing';
import { type Cell, learn } from './cell.js';
import { type Cells, nameOf } from './cells.js';

/** Typical bytes of a token in English text and JSON; what is plausible of any body (images are text here). */
const BYTES_PER_TOKEN = 4;
const SANE_BYTES_PER_TOKEN = [0.1, 100] as const;
/** An answer that nobody knows: its tokens' logarithm, and how far that may be off. */
const OUTPUT = { mean: Math.log(200), deviation: 1.1 };
/** Weight of the latest observation. */
const GAIN = { bytes: 0.1, output: 0.1 };
/** Observations that what callers in general get is worth beside what this one got; and the guess beside both. */
const PRIOR_COUNT = 3;
const P90 = 1.2816;
/** Lengths of all kinds together spread more than any law of theirs says; beyond this the mean would run away. */
const MOST_DEVIATION = 1.5;

/** Learns bytes per token of the model, and how long its answers are: in general, and to this caller. */
export function learnTokens(cells: Cells, attempt: Attempt, atMs: number): void {
  const { model, caller, body_bytes: bytes, prompt_tokens: prompt, output_tokens: output, outcome } = attempt;
  const bytesPerToken = prompt ? bytes / prompt : 0;
  if (bytesPerToken >= SANE_BYTES_PER_TOKEN[0] && bytesPerToken <= SANE_BYTES_PER_TOKEN[1]) {
    cells.set('bytes', model, learn(cells.get('bytes', model), Math.log(bytesPerToken), atMs, { gain: GAIN.bytes }));
  }
  if (!output || outcome !== 'completed') return;
  for (const name of [nameOf(model, ''), nameOf(model, caller)]) {
    cells.set('output', name, learn(cells.get('output', name), Math.log(output), atMs, { gain: GAIN.output }));
  }
}

/** Tokens of a prompt in a body of that size. */
export function readPromptTokens(cells: Cells, model: string, bodyBytes: number): Estimate {
  const cell = cells.get('bytes', model);
  if (cell === undefined) return { mean: bodyBytes / BYTES_PER_TOKEN, p90: (1.5 * bodyBytes) / BYTES_PER_TOKEN, from: 'prior' };
  const mean = bodyBytes / Math.exp(cell.mean);
  return { mean, p90: mean * Math.exp(P90 * Math.sqrt(cell.variance)), from: 'learned' };
}

/** Tokens of an answer, at most `limit`. */
export function readOutputTokens(cells: Cells, model: string, caller: string, limit = Number.POSITIVE_INFINITY): Estimate {
  const ofModel = blend(OUTPUT, cells.get('output', nameOf(model, '')));
  const cell = cells.get('output', nameOf(model, caller));
  const spread = blend(ofModel, cell);
  const { mean } = spread;
  const deviation = Math.min(spread.deviation, MOST_DEVIATION);
  return {
    mean: Math.min(Math.exp(mean + deviation ** 2 / 2), limit),
    p90: Math.min(Math.exp(mean + P90 * deviation), limit),
    from: cell === undefined ? 'prior' : 'learned',
  };
}

/** Of a logarithm. */
interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

function blend(general: Spread, own: Cell | undefined): Spread {
  if (own === undefined) return general;
  const trust = own.count / (own.count + PRIOR_COUNT);
  const variance = own.variance * trust + general.deviation ** 2 * (1 - trust);
  return { mean: own.mean * trust + general.mean * (1 - trust), deviation: Math.sqrt(variance) };
}
