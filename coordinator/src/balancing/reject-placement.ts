import type { ErrorCode, ErrorDetails } from '@ollama-coordinator/common';
import type { ModelName } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetSnapshot } from '../registry/fleet-snapshot.js';
import { absenceOf } from './agent-standing.js';
import { type CandidateRules, mayServe } from './find-candidates.js';
import { hasRoomBesidePinned } from './room-beside-pinned.js';

export interface Rejection {
  readonly kind: 'reject';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** When it may be worth another try, where that can be told. */
  readonly retryAfterS?: number;
}

const MOST_NAMED = 10;

/** Why no agent may have a request for `model`: which rule dropped the last candidate. `nowMs`: wall time. Pure. */
export function rejectPlacement(model: ModelName, snapshot: FleetSnapshot, rules: CandidateRules, nowMs: number): Rejection {
  if (snapshot.agents.size === 0) return { kind: 'reject', code: 'NO_AGENTS', details: {} };
  const holders = snapshot.agentsByModel.get(model) ?? [];
  if (holders.length === 0) return rejectUnknownModel(model, snapshot);
  const { pin, grantedBy } = rules;
  const pinned = holders.filter((record) => mayServe(record, { exclude: new Set(), pin, grantedBy }));
  if (pinned.length === 0)
    return noCandidate(`of the agents that have ${model}, none is one that the request may go to (${named(holders)})`);
  const present = pinned.filter((record) => absenceOf(record) === undefined);
  if (present.length > 0 && present.every((record) => !hasRoomBesidePinned(record, model)))
    return noCandidate(`what is pinned on the agents that have ${model} leaves no room for it (${named(present)})`);
  if (present.length > 0) return noCandidate(`every agent that has ${model} was tried already (${named(present)})`);
  return { kind: 'reject', code: 'ALL_AGENTS_OFFLINE', details: { model, agents: named(pinned) }, retryAfterS: awayForS(pinned, nowMs) };
}

/** What was away for a moment may be back in a moment, what was away for hours will not: as long again as the latest of them is away. */
function awayForS(records: readonly AgentRecord[], nowMs: number): number {
  return Math.min(...records.map(({ lastSeenAtMs = nowMs }) => Math.max(0, nowMs - lastSeenAtMs))) / 1000;
}

/** An agent that has just joined has not said yet what it has: until then nobody can say that the model is nowhere. */
function rejectUnknownModel(model: ModelName, snapshot: FleetSnapshot): Rejection {
  const joining = [...snapshot.agents.values()].filter((record) => record.status === 'joining' && record.models.size === 0);
  if (joining.length === 0) return { kind: 'reject', code: 'UNKNOWN_MODEL', details: { model, sentence: `model '${model}' not found` } };
  return noCandidate(`no agent is known to have ${model}, and some have not told their models yet (${named(joining)})`);
}

function noCandidate(reason: string): Rejection {
  return { kind: 'reject', code: 'NO_CANDIDATE', details: { reason } };
}

function named(records: readonly AgentRecord[]): string {
  const names = records.slice(0, MOST_NAMED).map((record) => {
    const absence = absenceOf(record);
    return absence === undefined ? record.name : `${record.name}: ${absence}`;
  });
  const more = records.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
