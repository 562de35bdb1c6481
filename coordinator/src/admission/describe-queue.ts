import type { QueueLine, ReplicaQueue } from '@ollama-coordinator/common';
import { expectedCost, type Line } from './lines.js';
import type { WaitingLines } from './waiting-lines.js';

/** Of a longer line only the first are listed. */
const MOST_LISTED = 100;

export interface DescribeQueueDeps {
  readonly lines: Pick<WaitingLines, 'list' | 'waiting'>;
  readonly replicaId: string;
  readonly limit: number;
  readonly nowMs: number;
}

/** What waits at this replica, line by line. `most`: how many requests are listed altogether; the first ones of each line. */
export function describeQueue({ lines, replicaId, limit, nowMs }: DescribeQueueDeps, most = Number.POSITIVE_INFINITY): ReplicaQueue {
  let left = most;
  const described = lines.list().map((line) => {
    const one = describeLine(line, nowMs, Math.min(left, MOST_LISTED));
    left -= one.requests.length;
    return one;
  });
  return { replica: replicaId, waiting: lines.waiting(), limit, lines: described };
}

function describeLine({ name, model, signature, fair, rate, meanOutput }: Line, nowMs: number, most: number): QueueLine {
  const [first] = fair.waiters();
  const cost = first ? expectedCost({ meanOutput }, first.request) : 1;
  const waiters = fair.inOrder(cost);
  const requests = waiters.slice(0, most).map(({ request }, index) => ({
    id: request.id,
    caller: request.caller,
    priority: request.priority,
    position: index + 1,
    waited_ms: nowMs - request.receivedAtMs,
    expected_wait_ms: Math.round(rate.expectedWaitMs(index)),
  }));
  const oldestMs = waiters.reduce((oldest, { request }) => Math.min(oldest, request.receivedAtMs), nowMs);
  return {
    line: name,
    model,
    signature,
    waiting: fair.size,
    oldest_ms: nowMs - oldestMs,
    expected_wait_ms: Math.round(rate.expectedWaitMs(fair.size)),
    callers: describeCallers(
      waiters.map(({ request }) => request.caller),
      fair.share,
    ),
    requests,
  };
}

/** `share`: the caller's part of the tokens that the line was served since it began, or was idle for a minute. */
function describeCallers(waiting: readonly string[], { served, callers }: Line['fair']['share']): QueueLine['callers'] {
  const counts = new Map<string, number>();
  for (const caller of waiting) counts.set(caller, (counts.get(caller) ?? 0) + 1);
  const names = [...new Set([...waiting, ...callers()])];
  const total = names.reduce((sum, caller) => sum + served(caller), 0);
  return names.map((caller) => ({
    caller,
    waiting: counts.get(caller) ?? 0,
    share: total === 0 ? 0 : Math.round((served(caller) / total) * 1000) / 1000,
  }));
}
