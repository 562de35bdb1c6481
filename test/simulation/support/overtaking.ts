import { runnerSignature } from '@ollama-coordinator/common';
import type { Wants } from '#simulator/world/replica-lines.js';
import { violating } from './invariants.js';
import type { Arrival } from './schedule.js';
import type { Followed, World } from './world.js';

/**
 * So many requests of each other caller may be placed from its line while the only request of a caller waits there: that caller
 * is owed its share, and stands before all who keep several waiting; another with one waiting may be owed as much.
 */
const MOST_OVERTAKES = 2;

/**
 * Counts who passes whom. To be told of each request that leaves a replica; checks at the end of a schedule. One that goes to an
 * agent that no head of its line waits for passes nobody: the head is answered sooner where it waits.
 */
export function watchOvertaking(world: World): () => void {
  const passedBy = new Map<string, Map<string, number>>();
  const wantsOf = new Map<string, Wants>();
  world.onWants.push((replica, wants) => wantsOf.set(replica, wants));
  world.onSend.push(({ requestId, replica, agent }) => {
    const sent = world.requests.get(requestId);
    if (!sent || sent.sentTo.length > 0) return;
    const heads = wantsOf.get(replica)?.get(agent) ?? [];
    if (!heads.some(({ signature }) => signature === signatureOf(sent.arrival))) return;
    for (const waiting of world.requests.values()) {
      if (!isPassed(waiting, sent)) continue;
      const counts = passedBy.get(waiting.arrival.id) ?? new Map<string, number>();
      counts.set(sent.arrival.caller, (counts.get(sent.arrival.caller) ?? 0) + 1);
      passedBy.set(waiting.arrival.id, counts);
    }
  });
  return () => {
    for (const [id, counts] of passedBy) {
      for (const [caller, count] of counts)
        if (count > MOST_OVERTAKES) violating(world)(`${id} was passed by ${count} requests of ${caller}, ${MOST_OVERTAKES} at most`);
    }
  };
}

/** Whether one waits in the line that the other is sent from, and is the only request of its caller. */
function isPassed(waiting: Followed, sent: Followed): boolean {
  const { arrival, replica, outcomes, sentTo } = waiting;
  if (!isOnlyOne(arrival) || replica !== sent.replica || outcomes.length > 0 || sentTo.length > 0 || waiting === sent) return false;
  const isBefore = arrival.priority === 'interactive' || sent.arrival.priority === 'batch';
  return isBefore && arrival.model === sent.arrival.model && arrival.numCtx === sent.arrival.numCtx;
}

function signatureOf({ model, numCtx }: Arrival): string {
  return runnerSignature(model, numCtx === undefined ? {} : { num_ctx: numCtx });
}

function isOnlyOne({ caller }: Arrival): boolean {
  return caller.startsWith('light');
}
