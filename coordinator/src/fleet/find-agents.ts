import { AppError } from '@ollama-coordinator/common';
import { type ModelName, matchesTarget } from '@ollama-coordinator/common/balancing';
import { mayUseAgent } from '../credentials/permissions.js';
import type { RequestContext } from '../http/request-context.js';
import type { AgentRecord, FleetSnapshot } from '../registry/fleet-snapshot.js';
import { totalInFlight } from '../registry/total-in-flight.js';

/**
 * The agents that a verb is for, by name: all that are registered and that the caller's key is for, or of these the ones that
 * `x-coordinator-pin` names. Throws NO_AGENTS, or UNKNOWN_AGENT where the pin names none.
 */
export function agentsFor({ req, caller }: RequestContext, { agents }: FleetSnapshot): readonly AgentRecord[] {
  if (agents.size === 0) throw new AppError('NO_AGENTS', { retryAfterS: 5 });
  const pin = req.headers['x-coordinator-pin'];
  const allowed = [...agents.values()].filter((agent) => mayUseAgent(caller, agent));
  const all = allowed.sort((one, other) => (one.name < other.name ? -1 : 1));
  if (typeof pin !== 'string' || pin === '') return all;
  const named = all.filter((agent) => matchesTarget(agent, pin));
  if (named.length === 0) throw new AppError('UNKNOWN_AGENT', { details: { agent: pin } });
  return named;
}

/** Of those agents the ones that have the model on disk, there or not. */
export function holdersOf(name: ModelName, agents: readonly AgentRecord[]): readonly AgentRecord[] {
  return agents.filter(({ models }) => models.has(name));
}

const RANK: Readonly<Record<AgentRecord['status'], number>> = { online: 0, draining: 1, suspect: 2, joining: 3, offline: 4 };

/** Who answers soonest first: those that are heard before the silent ones, then those with less to do. */
export function bySoonest(one: AgentRecord, other: AgentRecord): number {
  return RANK[one.status] - RANK[other.status] || totalInFlight(one) - totalInFlight(other);
}
