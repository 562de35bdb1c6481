import { AppError, normalizeModelName } from '@ollama-coordinator/common';
import { vramFreeBytes } from '../balancing/build-view.js';
import type { AgentRecord, FleetSnapshot } from '../registry/fleet-snapshot.js';
import { canTakeModels } from './can-take-models.js';
import { compareRanks } from './compare-ranks.js';
import type { AgentsSelector } from './parse-agents-choice.js';

export interface Choice {
  readonly model: string;
  readonly snapshot: FleetSnapshot;
  /** Undefined: the default. */
  readonly selector: AgentsSelector | undefined;
  /** What the default is for agents without the model: so many, with those that have it, which always belong to it. */
  readonly defaultCount: number;
  /** Whether only agents that have the model can be meant. */
  readonly onlyHolders: boolean;
}

/**
 * The agents that a job is for, best first. Pure. Throws UNKNOWN_AGENT for a name that nobody has, UNKNOWN_MODEL where only holders are
 * meant and there are none, and NO_PLACE where those that are meant cannot be had.
 */
export function chooseAgents(choice: Choice): readonly AgentRecord[] {
  const { snapshot, selector, model, onlyHolders, defaultCount } = choice;
  const name = normalizeModelName(model);
  const able = [...snapshot.agents.values()].filter(canTakeModels);
  const candidates = onlyHolders ? able.filter((agent) => agent.models.has(name)) : able;
  if (selector?.kind === 'names') return selector.names.map((wanted) => named(wanted, choice));
  if (able.length === 0) throw snapshot.agents.size === 0 ? new AppError('NO_AGENTS') : noPlace('no agent is online');
  if (candidates.length === 0) throw new AppError('UNKNOWN_MODEL', { details: { sentence: `model '${model}' not found` } });
  const ordered = orderForModel(candidates, name, snapshot);
  if (selector?.kind === 'all') return ordered;
  if (selector?.kind === 'labels') return labelled(ordered, selector.labels);
  if (selector?.kind === 'count') return counted(ordered, selector.count, name, snapshot);
  const holders = ordered.filter((agent) => agent.models.has(name));
  return onlyHolders ? holders : counted(ordered, Math.max(holders.length, defaultCount), name, snapshot);
}

/** Those that have the model first, then those whose memory takes it, then by free memory of the GPU, by free disk, by name. Pure. */
export function orderForModel(agents: readonly AgentRecord[], model: string, snapshot: FleetSnapshot): readonly AgentRecord[] {
  const size = sizeOf(model, snapshot) ?? 0;
  const rank = (agent: AgentRecord) => {
    const free = vramFreeBytes(agent);
    const fits = free === undefined || free >= size;
    return [
      agent.models.has(model) ? 1 : 0,
      hasRoom(agent, model, size) ? 1 : 0,
      fits ? 1 : 0,
      free ?? 0,
      agent.metrics.disk_free_bytes ?? 0,
    ];
  };
  return [...agents].sort((one, other) => compareRanks(rank(other), rank(one)) || one.name.localeCompare(other.name));
}

function named(wanted: string, { snapshot, model, onlyHolders }: Choice): AgentRecord {
  const agent = snapshot.agents.get(wanted) ?? [...snapshot.agents.values()].find((candidate) => candidate.name === wanted);
  if (!agent) throw new AppError('UNKNOWN_AGENT', { details: { agent: wanted } });
  if (!canTakeModels(agent)) {
    const how = agent.state === 'ollama_down' && agent.status !== 'offline' ? 'its Ollama is down' : `it is ${agent.status}`;
    throw noPlace(`agent "${agent.name}" cannot be used: ${how}`);
  }
  if (onlyHolders && !agent.models.has(normalizeModelName(model)))
    throw new AppError('UNKNOWN_MODEL', { details: { sentence: `agent "${agent.name}" has no model '${model}'` } });
  return agent;
}

function labelled(agents: readonly AgentRecord[], labels: Readonly<Record<string, string>>): readonly AgentRecord[] {
  const found = agents.filter((agent) => Object.entries(labels).every(([name, value]) => agent.labels[name] === value));
  if (found.length > 0) return found;
  const written = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  throw noPlace(`no agent that could be used is labelled ${written.join(',')}`);
}

function counted(ordered: readonly AgentRecord[], count: number, model: string, snapshot: FleetSnapshot): readonly AgentRecord[] {
  const size = sizeOf(model, snapshot) ?? 0;
  const roomy = ordered.filter((agent) => hasRoom(agent, model, size));
  if (roomy.length >= count) return roomy.slice(0, count);
  const short = roomy.length < ordered.length ? `, and ${ordered.length - roomy.length} lack disk for it` : '';
  throw noPlace(`${count} agents were asked for, but only ${roomy.length} can take "${model}" now${short}`);
}

function hasRoom(agent: AgentRecord, model: string, size: number): boolean {
  const free = agent.metrics.disk_free_bytes;
  return agent.models.has(model) || free === undefined || free >= size;
}

/** As any agent has it on disk; undefined where none does. */
export function sizeOf(model: string, snapshot: FleetSnapshot): number | undefined {
  return snapshot.agentsByModel.get(model)?.[0]?.models.get(model)?.size_bytes;
}

function noPlace(reason: string): AppError {
  return new AppError('NO_PLACE', { details: { reason }, retryAfterS: 5 });
}
