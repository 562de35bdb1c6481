import { type Cells, nameOf } from './cells.js';
import { shareInCrowd, slowdownOf } from './crowding.js';
import { readDemand } from './demand.js';
import type { Expectations } from './expectations.js';
import { readSpeed } from './speeds.js';
import { readOutputTokens, readPromptTokens } from './tokens.js';

/** Observations after which what a warm prefix saves is believed. */
const WARM_COUNT = 3;

/** Reads what the cells say at the moment that `nowMs` tells (wall time). */
export function readExpectations(cells: Cells, nowMs: () => number): Expectations {
  return {
    speed(subject) {
      const atMs = nowMs();
      const { agent, model } = subject;
      const slowdown = slowdownOf(cells, agent, model);
      const { mean, p90, from } = readSpeed(cells, 'decode', subject, atMs);
      const loadS = readSpeed(cells, 'load', subject, atMs);
      const prefillTokensPerS = readSpeed(cells, 'prefill', subject, atMs);
      const warm = cells.get('warm', nameOf(agent, model));
      const warmSaving = warm !== undefined && warm.count >= WARM_COUNT ? warm.mean : undefined;
      const overhead = cells.get('overhead', agent);
      const overheadS = overhead && Math.exp(overhead.mean);
      return (concurrency) => {
        const share = shareInCrowd(slowdown, concurrency - 1);
        return { loadS, prefillTokensPerS, decodeTokensPerS: { mean: mean * share, p90: p90 * share, from }, overheadS, warmSaving };
      };
    },
    promptTokens: (model, bodyBytes) => readPromptTokens(cells, model, bodyBytes),
    outputTokens: (model, caller, limit) => readOutputTokens(cells, model, caller, limit),
    demandPerS: (signature) => readDemand(cells, signature, nowMs()),
  };
}
