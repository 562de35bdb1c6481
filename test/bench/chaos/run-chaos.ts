import type { AskedRequest } from '../../faults/support/asked-request.js';
import { firstByteTimes } from '../../faults/support/measure.js';
import { listReceived } from '../../faults/support/received-request.js';
import { findProblems } from '../../faults/support/run-scenario.js';
import type { Bar } from '../support/bars.js';
import { percentile } from '../support/statistics.js';
import { type ChaosFleet, HEADERS } from './chaos-fleet.js';
import { type FaultLog, runFaultCycle } from './fault-cycle.js';
import { startOpenLoop } from './open-loop.js';

export interface ChaosOrder {
  readonly requestsPerS: number;
  readonly forMs: number;
  readonly everyMs: number;
  readonly say: (line: string) => void;
}

export interface ChaosResult {
  readonly bars: readonly Bar[];
  /** Violations of the invariants that test/faults holds, and of the bars that allow none. Empty: all hold. */
  readonly problems: readonly string[];
  readonly faults: FaultLog;
  readonly summary: string;
}

/** How long after a replica's death nginx may take to break the connections of the requests that it served. */
const CUT_WITHIN_MS = 1000;

/** Requests at a fixed rate while one fault follows the other; judged when all is at rest. */
export async function runChaos({ fleet, client }: ChaosFleet, { requestsPerS, forMs, everyMs, say }: ChaosOrder): Promise<ChaosResult> {
  const stop = startOpenLoop(client, requestsPerS);
  const faults = await runFaultCycle(fleet, { forMs, everyMs, say }).finally(stop);
  await client.allEnded();
  const brokeWithReplica = ({ sentMs, endMs = 0 }: AskedRequest) =>
    faults.replicaKilledMs.some((killedMs) => sentMs < killedMs && endMs >= killedMs && endMs < killedMs + CUT_WITHIN_MS);
  const problems = await findProblems({ fleet, client, headers: HEADERS }, faults.deaths, brokeWithReplica);

  const { records } = client;
  const lost = records.filter(({ outcome }) => outcome !== 'complete');
  const begun = lost.filter(({ status, firstByteMs }) => status === 200 && firstByteMs !== undefined);
  const failed = lost.filter((record) => !begun.includes(record));
  const silent = records.filter(({ outcome }) => outcome === 'silent truncation' || outcome === 'false done');
  const received = listReceived(fleet.agents);
  const handOvers = received.filter(({ isContinuation }) => isContinuation).length;
  const ttftMs = firstByteTimes(records);
  const cut = begun.filter(({ outcome }) => outcome === 'cut').length;
  return {
    faults,
    problems: [...problems, ...failed.slice(0, 20).map(describe)],
    bars: [
      { name: 'failed, of those that had no byte yet', value: failed.length, limit: 0, unit: `of ${records.length}` },
      { name: 'silent truncations', value: silent.length, limit: 0, unit: `of ${records.length}` },
      { name: 'attempts ÷ requests', value: (received.length - handOvers) / records.length, limit: 1.2, unit: '' },
    ],
    summary: `${records.length} requests, ${requestsPerS.toFixed(0)}/s; first byte p50 ${percentile(ttftMs, 0.5).toFixed(0)} ms, p99 ${percentile(ttftMs, 0.99).toFixed(0)} ms; \
${handOvers} hand-overs; broken visibly after their first byte: ${cut} with the killed replica that served them, ${begun.length - cut} by an error record.`,
  };
}

function describe({ nonce, path, status, outcome, detail, agent, sentMs, endMs = Number.NaN }: AskedRequest): string {
  return `request ${nonce} (${path}, agent ${agent ?? 'none'}) failed without a byte after ${(endMs - sentMs).toFixed(0)} ms: status ${status ?? 'none'}, ${outcome}: ${detail.slice(0, 200)}`;
}
