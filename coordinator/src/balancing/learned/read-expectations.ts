import { type Cells, nameOf } from './cells.js';
import { shareInCrowd } from './crowding.js';
import { readDemand } from './demand.js';
import type { Expectations } from './expectations.js';
import { readSpeed } from './speeds.js';
import { readOutputTokens, readPromptTokens } from './tokens.js';

/** Observations after which what a warm prefix saves is believed. */
const WARM_COUNT = 3;

/** Reads what the cells say at the moment that `nowMs` tells (wall time). */
export function readExpectations(cells: Cells, nowMs: () => number): Expectations {
  return {
    speed(subject, concurrency) {
      const atMs = nowMs();
      const { agent, model } = subject;
      const share = shareInCrowd(cells, subject, concurrency - 1);
      const decode = readSpeed(cells, 'decode', subject, atMs);
      const warm = cells.get('warm', nameOf(agent, model));
      const overhead = cells.get('overhead', agent);
      return {
        loadS: readSpeed(cells, 'load', subject, atMs),
        prefillTokensPerS: readSpeed(cells, 'prefill', subject, atMs),
        decodeTokensPerS: { ...decode, mean: decode.mean * share, p90: decode.p90 * share },
        overheadS: overhead && Math.exp(overhead.mean),
        warmSaving: warm !== undefined && warm.count >= WARM_COUNT ? warm.mean : undefined,
      };
    },
    promptTokens: (model, bodyBytes) => readPromptTokens(cells, model, bodyBytes),
    outputTokens: (model, caller, limit) => readOutputTokens(cells, model, caller, limit),
    demandPerS: (signature) => readDemand(cells, signature, nowMs()),
  };
}
