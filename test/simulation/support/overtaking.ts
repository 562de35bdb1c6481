import { violating } from './invariants.js';
import type { Arrival } from './schedule.js';
import type { Followed, World } from './world.js';

/**
 * So many requests of each other caller may be placed from its line while the only request of a caller waits there: that caller
 * is owed its share, and stands before all who keep several waiting; another with one waiting may be owed as much.
 */
const MOST_OVERTAKES = 2;

/** Counts who passes whom. To be told of each request that leaves a replica; checks at the end of a schedule. */
export function watchOvertaking(world: World): () => void {
  const passedBy = new Map<string, Map<string, number>>();
  world.onSend.push(({ requestId }) => {
    const sent = world.requests.get(requestId);
    if (!sent || sent.sentTo.length > 0) return;
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

function isOnlyOne({ caller }: Arrival): boolean {
  return caller.startsWith('light');
}
