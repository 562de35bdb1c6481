import { AppError } from '@ollama-coordinator/common';
import type { Placement, Wait } from '../balancing/create-balancing.js';
import type { LinePlace } from '../balancing/find-candidates.js';
import type { Rival } from '../balancing/find-rivals.js';
import type { AskedAgents } from './asked-agents.js';
import type { BusyAgents } from './busy-agents.js';
import { retryAfterS } from './service-rate.js';
import type { PlaceRules, SlotRequest } from './slot-request.js';

/** So many agents are asked at once for one line. */
const MOST_ASKED = 8;

export interface PlaceDeps {
  readonly busy: BusyAgents;
  readonly asked: AskedAgents;
  /** Has the lines looked at again after GRANT_PATIENCE_MS. */
  readonly lookAgain: () => void;
}

/** The agents whose next slot a request waits for, the chosen one first. */
export interface Waits {
  readonly kind: 'wait';
  readonly agents: readonly Rival[];
  /** What it is expected to take at the first of them, once it begins. Seconds. */
  readonly workS: number;
}

/**
 * As `place`, but with agents that said busy left out: where only such remain, the request waits for one of them. And with
 * agents that were asked for their next slot taken for full, as long as they may be about to grant it.
 */
export function tryPlace(deps: PlaceDeps, request: SlotRequest, line?: LinePlace): Exclude<Placement, Wait> | Waits {
  const rules = rulesFor(deps, request, line);
  const placement = placeUnasked(deps, request, rules);
  const full = (rules.full ?? []).map((agent) => ({ agent, evict: [] }));
  if (placement.kind === 'wait') {
    const { agent, evict, workS, others = [] } = placement;
    return { kind: 'wait', agents: [{ agent: agent.id, evict }, ...others, ...full].slice(0, MOST_ASKED), workS };
  }
  return placement.kind === 'reject' && full.length > 0 ? { kind: 'wait', agents: full.slice(0, MOST_ASKED), workS: 0 } : placement;
}

function placeUnasked({ asked, lookAgain }: PlaceDeps, request: SlotRequest, rules: PlaceRules): Placement {
  const placement = request.place(rules);
  if (placement.kind !== 'wait') return placement;
  const { agent, isAsked = false } = placement;
  if (asked.isOverdue(request.line, agent.id, isAsked)) return request.place({ ...rules, asked: undefined });
  if (isAsked) lookAgain();
  return placement;
}

export function rulesFor(
  { busy, asked }: PlaceDeps,
  { signature, exclude, line: name }: SlotRequest,
  line: LinePlace | undefined,
): PlaceRules {
  const full = busy.of(signature).filter((agentId) => !exclude.has(agentId));
  const rules = { exclude, asked: asked.of(name), line };
  return full.length === 0 ? rules : { ...rules, exclude: new Set([...exclude, ...full]), full };
}

export function refusal({ code, details, retryAfterS: afterS = 0 }: Extract<Placement, { kind: 'reject' }>): AppError {
  return new AppError(code, { details, retryAfterS: retryAfterS(1000 * afterS) });
}
