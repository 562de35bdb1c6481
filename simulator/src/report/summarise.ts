import type { SimulatedRequest, SimulationResult } from '../simulation-result.js';
import { jainIndex, percentile, rounded, type Spread, spreadOf } from './statistics.js';

/** One run in figures, as the JSON file has them. Milliseconds and shares. */
export interface Summary {
  readonly requests: number;
  readonly completed: number;
  /** Turned away by the coordinator: no place in line, or no slot in time. */
  readonly refused: number;
  readonly failed: number;
  /** Without any outcome: must be 0. */
  readonly lost: number;
  readonly ttft_ms: Spread;
  readonly total_ms: Spread;
  readonly goodput: {
    readonly slo_ms: number;
    /** Of all requests, those whose first token came within the SLO. */
    readonly share: number;
    readonly requests_per_s: number | null;
  };
  readonly loads: number;
  /** Models that had to leave for another one, or for other options. */
  readonly evictions: number;
  readonly prediction: {
    /** Median of |predicted − measured| ÷ measured, of the time from the assignment to the first token. */
    readonly median_error: number | null;
    /** The same without the first 200 requests. */
    readonly median_error_after_200: number | null;
    readonly predicted: number;
  };
  /** Jain's index over callers. */
  readonly fairness: {
    /** Of their mean wait for the first token. */
    readonly ttft: number | null;
    /** Of the share of the tokens that they asked for which they were served. */
    readonly served: number | null;
  };
  readonly balancer_faults: number;
  readonly simulated_s: number | null;
}

/** Requests after which a balancer is expected to know its machines. */
const LEARNED_AFTER = 200;

export function summarise(result: SimulationResult, sloMs: number): Summary {
  const { requests, machines, simulatedMs } = result;
  const ttfts = defined(requests.map(({ ttftMs }) => ttftMs));
  const within = ttfts.filter((ms) => ms <= sloMs).length;
  const count = (status: string) => requests.filter(({ outcome }) => outcome?.status === status).length;
  const sum = (read: (machine: (typeof machines)[number]) => number) => machines.reduce((total, machine) => total + read(machine), 0);
  const completed = count('completed');
  const refused = count('rejected');
  const lost = requests.filter(({ outcome }) => outcome === undefined).length;
  return {
    requests: requests.length,
    completed,
    refused,
    failed: requests.length - completed - refused - lost,
    lost,
    ttft_ms: spreadOf(ttfts),
    total_ms: spreadOf(defined(requests.map(({ totalMs }) => totalMs))),
    goodput: {
      slo_ms: sloMs,
      share: rounded(within / requests.length, 4) ?? 0,
      requests_per_s: rounded((within / simulatedMs) * 1000, 3),
    },
    loads: sum(({ loads }) => loads),
    evictions: sum(({ evictions }) => evictions),
    prediction: describePredictions(requests),
    fairness: describeFairness(requests),
    balancer_faults: result.faults,
    simulated_s: rounded(simulatedMs / 1000, 1),
  };
}

function describePredictions(requests: readonly SimulatedRequest[]): Summary['prediction'] {
  const errors = requests.map(({ predictedMs, assignedToFirstMs }) =>
    predictedMs === undefined || assignedToFirstMs === undefined || assignedToFirstMs <= 0
      ? undefined
      : Math.abs(predictedMs - assignedToFirstMs) / assignedToFirstMs,
  );
  return {
    median_error: rounded(percentile(defined(errors), 0.5), 4),
    median_error_after_200: rounded(percentile(defined(errors.slice(LEARNED_AFTER)), 0.5), 4),
    predicted: defined(errors).length,
  };
}

function describeFairness(requests: readonly SimulatedRequest[]): Summary['fairness'] {
  const callers = [...groupByCaller(requests).values()];
  const meanTtft = (own: readonly SimulatedRequest[]) => {
    const ttfts = defined(own.map(({ ttftMs }) => ttftMs));
    return ttfts.reduce((sum, ms) => sum + ms, 0) / Math.max(1, ttfts.length);
  };
  const tokens = ({ arrival }: SimulatedRequest) => arrival.inputTokens + arrival.outputTokens;
  const servedShare = (own: readonly SimulatedRequest[]) => {
    const served = own.filter(({ outcome }) => outcome?.status === 'completed').reduce((sum, one) => sum + tokens(one), 0);
    return (
      served /
      Math.max(
        1,
        own.reduce((sum, one) => sum + tokens(one), 0),
      )
    );
  };
  return { ttft: rounded(jainIndex(callers.map(meanTtft)), 4), served: rounded(jainIndex(callers.map(servedShare)), 4) };
}

function groupByCaller(requests: readonly SimulatedRequest[]): Map<string, SimulatedRequest[]> {
  const groups = new Map<string, SimulatedRequest[]>();
  for (const request of requests) {
    const own = groups.get(request.arrival.caller);
    if (own) own.push(request);
    else groups.set(request.arrival.caller, [request]);
  }
  return groups;
}

function defined(values: readonly (number | undefined)[]): readonly number[] {
  return values.filter((value) => value !== undefined);
}
