import { modelOfSignature } from '@ollama-coordinator/common';
import type { Estimate } from '@ollama-coordinator/common/balancing';
import type { Expectations } from '#coordinator/balancing/learned/expectations.js';
import type { Arrival } from '../input/assign-models.js';
import type { Truth } from '../machine/truth.js';

/** Expectations of someone who knows everything. The coordinator reads a request's facts in the turn in which it arrives. */
export interface TrueExpectations extends Expectations {
  /** Whose facts are asked for from here on. */
  arrives(arrival: Arrival): void;
}

const UNKNOWN: Estimate = { mean: 1, p90: 1, from: 'prior' };

/** The true speeds without their drift, load times without their spread, and the exact lengths of each prompt and answer. */
export function createTrueExpectations(truth: Truth, clock: { monotonic(): number }): TrueExpectations {
  let current: Arrival | undefined;
  const lastMs = Math.max(1, ...[...truth.arrivals.values()].map(({ atMs }) => atMs));
  const byModel = countByModel(truth);

  return {
    arrives: (arrival) => {
      current = arrival;
    },
    promptTokens: () => exactly(current?.inputTokens ?? 1),
    outputTokens: (model, caller) => exactly(caller === '' ? meanOutput(byModel.get(model)) : (current?.outputTokens ?? 1)),
    demandPerS: (signature) => ((byModel.get(modelOfSignature(signature))?.requests ?? 0) / lastMs) * 1000,
    speed: ({ agent, model }) => {
      const machine = truth.machines.get(agent);
      const known = machine?.models.get(model);
      if (!machine || !known) return () => ({ loadS: UNKNOWN, prefillTokensPerS: UNKNOWN, decodeTokensPerS: UNKNOWN });
      const drift = machine.driftAt(clock.monotonic());
      const slowdown = (concurrency: number) => 1 + machine.machine.decode_slowdown * Math.max(0, concurrency - 1);
      return (concurrency) => ({
        loadS: exactly(known.loadS),
        prefillTokensPerS: exactly(known.prefillTokensPerS * drift),
        decodeTokensPerS: exactly((known.decodeTokensPerS * drift) / slowdown(concurrency)),
        warmSaving: 1,
      });
    },
  };
}

function exactly(value: number): Estimate {
  return { mean: value, p90: value, from: 'learned' };
}

interface Count {
  requests: number;
  outputTokens: number;
}

function countByModel({ arrivals }: Truth): ReadonlyMap<string, Count> {
  const counts = new Map<string, Count>();
  for (const { model, outputTokens } of arrivals.values()) {
    const count = counts.get(model) ?? { requests: 0, outputTokens: 0 };
    counts.set(model, { requests: count.requests + 1, outputTokens: count.outputTokens + outputTokens });
  }
  return counts;
}

function meanOutput(count: Count | undefined): number {
  return count ? count.outputTokens / count.requests : 1;
}
