import { type AgentId, hasFreeSlot, type QueueFacts, type RequestFacts } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { Standing } from './agent-standing.js';
import type { AgentEntry, AgentViews, WritableCosted } from './agent-views.js';
import { dropEjected } from './ejection/drop-ejected.js';
import type { Ejections } from './ejection/ejections.js';
import { hasRoomBesidePinned } from './room-beside-pinned.js';

/** What narrows the agents for one request, beside having the model and being there. */
export interface CandidateRules {
  /** Agents that failed this request already. */
  readonly exclude: ReadonlySet<AgentId>;
  /** Of the excluded, those that were only full a moment ago: while one of them is available, no suspect one takes its place. */
  readonly full?: readonly AgentId[] | undefined;
  readonly pin?: ((record: AgentRecord) => boolean) | undefined;
  /** Only agents with a free slot: for a caller that would rather have any of them than wait for the best one. */
  readonly requireFree?: boolean | undefined;
  /** Agents that were asked for their next slot: they have none to take, whatever they seem to have. */
  readonly asked?: ReadonlySet<AgentId> | undefined;
  /** The agent that granted a slot: the only candidate, and free whatever its last report said. */
  readonly grantedBy?: AgentId | undefined;
  /** Where the request stands among those that wait. */
  readonly line?: LinePlace | undefined;
}

/** Where a request stands in its line, and what waits beside it. */
export interface LinePlace extends Pick<QueueFacts, 'behind' | 'waiting' | 'promisedS'> {
  /** Requests before it in its line. */
  readonly ahead: number;
}

/** Whether the hard rules let this agent have the request, its standing aside. */
export function mayServe(record: AgentRecord, { exclude, pin, grantedBy }: CandidateRules): boolean {
  if (grantedBy !== undefined && grantedBy !== record.id) return false;
  return !exclude.has(record.id) && (pin === undefined || pin(record));
}

export type FindCandidates = (request: RequestFacts, entries: readonly AgentEntry[], rules: CandidateRules) => WritableCosted[];

/**
 * Candidates by hard rules: every available agent that may serve, and only if there is none, the suspect ones. They include
 * agents whose runner is full (their next slot), and leave out those that failed lately and those whose pinned models leave no room. The array is used again by the next call.
 */
export function createFindCandidates(views: AgentViews, ejections?: Ejections): FindCandidates {
  const found: WritableCosted[] = [];
  let count = 0;

  function collect(standing: Standing, request: RequestFacts, entries: readonly AgentEntry[], rules: CandidateRules): void {
    const unruled = rules.exclude.size === 0 && rules.pin === undefined && rules.grantedBy === undefined;
    for (const entry of entries) {
      if (entry.standing !== standing || !(unruled || mayServe(entry.record, rules))) continue;
      if (rules.grantedBy === undefined && !hasRoomBesidePinned(entry.record, request.model)) continue;
      const { costed } = entry;
      costed.free = (isFree(views, entry, request) && rules.asked?.has(entry.record.id) !== true) || rules.grantedBy !== undefined;
      if (rules.requireFree && !costed.free) continue;
      costed.cost = 0;
      found[count] = costed;
      count += 1;
    }
  }
  return (request, entries, rules) => {
    count = 0;
    collect('available', request, entries, rules);
    if (count === 0 && !isWorthWaiting(entries, rules)) collect('suspect', request, entries, rules);
    // Not emptied first: an array that was gives its memory back, and would grow anew a thousand times.
    found.length = count;
    if (ejections?.any) dropEjected(found, request.signature, ejections, rules.grantedBy !== undefined);
    return found;
  };
}

/** Whether an available agent was left out only because it was full. */
function isWorthWaiting(entries: readonly AgentEntry[], { full = [], pin }: CandidateRules): boolean {
  if (full.length === 0) return false;
  return entries.some(({ standing, record }) => standing === 'available' && full.includes(record.id) && (pin === undefined || pin(record)));
}

/** Remembers the answer until the view changes: most requests of a busy fleet ask for the signature that the last one asked for. */
function isFree(views: AgentViews, entry: AgentEntry, { model, signature }: RequestFacts): boolean {
  if (entry.stale) views.refresh(entry);
  if (entry.slot.signature !== signature) entry.slot = { signature, free: hasFreeSlot(entry.costed.agent, model, signature) };
  return entry.slot.free;
}
