import { normalizeModelName, type RunnerReport } from '@ollama-coordinator/common';
import type { AgentRecord, FleetSnapshot } from '../registry/fleet-snapshot.js';
import { isPresent } from './is-present.js';

/** One runner of one agent. */
interface PlacedRunner {
  readonly agent: AgentRecord;
  readonly runner: RunnerReport;
  readonly expiresAtMs: number;
}

/** What Ollama keeps a model for when nobody says otherwise: shown until the agent has told when its runner ends. */
const KEEP_ALIVE_MS = 300_000;

/**
 * `/api/ps` over the fleet: each loaded model once, however many agents hold it, with the figures of the runner that is kept
 * longest. `withAgents`: all of its runners, too, each with its agent. Pure.
 */
export function listRunners({ agents }: FleetSnapshot, nowMs: number, withAgents: boolean): { readonly models: readonly object[] } {
  const groups = new Map<string, PlacedRunner[]>();
  for (const agent of agents.values()) {
    if (!isPresent(agent)) continue;
    for (const runner of agent.runners) {
      if (runner.state === 'loading') continue;
      const key = `${runner.model} ${runner.digest}`;
      const placed = { agent, runner, expiresAtMs: Date.parse(runner.expires_at ?? '') || nowMs + KEEP_ALIVE_MS };
      const group = groups.get(key);
      if (group) group.push(placed);
      else groups.set(key, [placed]);
    }
  }
  const sorted = [...groups.values()].map((group) => group.sort(byExpiry));
  const firsts = sorted.sort(([one], [other]) => (one && other ? byExpiry(one, other) : 0));
  return { models: firsts.flatMap((group) => describeGroup(group, withAgents)) };
}

function describeGroup(group: readonly PlacedRunner[], withAgents: boolean): object[] {
  const [first] = group;
  if (!first) return [];
  const { agent, runner } = first;
  const onDisk = agent.models.get(normalizeModelName(runner.model));
  const name = onDisk?.name ?? runner.model;
  const entry = {
    name,
    model: name,
    size: runner.size_bytes,
    digest: runner.digest,
    details: onDisk?.details ?? {},
    expires_at: expiryOf(first),
    size_vram: runner.vram_bytes,
    context_length: runner.context_length,
  };
  return [withAgents ? { ...entry, agents: group.map(describeRunner) } : entry];
}

function describeRunner(placed: PlacedRunner) {
  const { agent, runner } = placed;
  return {
    name: agent.name,
    id: agent.id,
    signature: runner.signature,
    state: runner.state,
    slots: runner.slots,
    in_flight: runner.in_flight,
    size: runner.size_bytes,
    size_vram: runner.vram_bytes,
    context_length: runner.context_length,
    expires_at: expiryOf(placed),
  };
}

function expiryOf({ runner, expiresAtMs }: PlacedRunner): string {
  return runner.expires_at ?? new Date(expiresAtMs).toISOString();
}

function byExpiry(one: PlacedRunner, other: PlacedRunner): number {
  return other.expiresAtMs - one.expiresAtMs || (one.agent.name < other.agent.name ? -1 : 1);
}
