import { setTimeout as wait } from 'node:timers/promises';
import { type Companion, startCompanion } from '../support/companion.js';
import { ownCpuMs, ownRssBytes } from '../support/process-usage.js';
import { type RunningCoordinator, startCoordinator } from '../support/start-coordinator.js';
import { median } from '../support/statistics.js';
import type { FleetCounts, FleetOrder, JoinOrder } from './fleet-order.js';

export interface FleetSettings extends Omit<JoinOrder, 'kind' | 'coordinatorUrl'> {
  /** Length of each of the two measurements, without and with the fleet. */
  readonly seconds: number;
  readonly folder: string;
  readonly profileFolder?: string;
}

export interface FleetFigures {
  /** Share of one core that the coordinator uses more than without agents. */
  readonly cpuShare: number;
  readonly rssGrowthBytes: number;
  readonly heartbeatsPerSecond: number;
  readonly watches: number;
  /** How many agents `GET /api/agents` lists, by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What makes the figures worthless, as sentences. */
  readonly problems: readonly string[];
}

const SETTLE_SECONDS = 6;

/** A coordinator of its own: first idle, then with the whole fleet. */
export async function measureFleet(settings: FleetSettings): Promise<FleetFigures> {
  const { folder, profileFolder, seconds, agents, heartbeatMs, watched } = settings;
  const fleet: Companion<FleetOrder, FleetCounts> = startCompanion(new URL('fleet.js', import.meta.url));
  let coordinator: RunningCoordinator | undefined;
  try {
    coordinator = await startCoordinator({ folder, ...(profileFolder === undefined ? {} : { profileFolder }) });
    const idle = await observe(coordinator.pid, seconds);
    const joined = await fleet.ask({ kind: 'join', coordinatorUrl: coordinator.url, agents, heartbeatMs, watched });
    await wait(SETTLE_SECONDS * 1000);
    const settled = await fleet.ask({ kind: 'count' });
    const countedFromMs = performance.now();
    const busy = await observe(coordinator.pid, seconds);
    const counts = await fleet.ask({ kind: 'count' });
    const countedMs = performance.now() - countedFromMs;
    const statuses = await countStatuses(coordinator.url);
    return {
      cpuShare: busy.cpuShare - idle.cpuShare,
      rssGrowthBytes: busy.rssBytes - idle.rssBytes,
      heartbeatsPerSecond: (counts.heartbeats * 1000) / countedMs,
      watches: counts.watches,
      statuses,
      problems: [...[joined, settled, counts].flatMap(failuresIn), ...lostAgents(statuses, settings), ...lostWatches(counts, settings)],
    };
  } finally {
    await fleet.stop();
    await coordinator?.stop();
  }
}

async function observe(pid: number, seconds: number): Promise<{ cpuShare: number; rssBytes: number }> {
  await wait(2000);
  const cpuBeforeMs = ownCpuMs(pid);
  const startedAt = performance.now();
  const rssSamples: number[] = [];
  while (performance.now() - startedAt < seconds * 1000) {
    await wait(250);
    rssSamples.push(ownRssBytes(pid));
  }
  return { cpuShare: (ownCpuMs(pid) - cpuBeforeMs) / (performance.now() - startedAt), rssBytes: median(rssSamples) };
}

async function countStatuses(coordinatorUrl: string): Promise<Readonly<Record<string, number>>> {
  const agents = (await (await fetch(`${coordinatorUrl}/api/agents`)).json()) as readonly { readonly status: string }[];
  const counts: Record<string, number> = {};
  for (const { status } of agents) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function failuresIn({ failureCount, failures }: FleetCounts): readonly string[] {
  return failureCount === 0 ? [] : [`${failureCount} calls of agents failed: ${failures.join('; ')}`];
}

/** An agent that heartbeats is never offline; without a watch it may be suspect. */
function lostAgents(statuses: Readonly<Record<string, number>>, { agents, watched }: FleetSettings): readonly string[] {
  const alive = (statuses.online ?? 0) + (watched ? 0 : (statuses.suspect ?? 0));
  return alive === agents ? [] : [`only ${alive} of ${agents} agents are listed as alive: ${JSON.stringify(statuses)}`];
}

function lostWatches({ watches }: FleetCounts, { agents, watched }: FleetSettings): readonly string[] {
  return !watched || watches === agents ? [] : [`only ${watches} of ${agents} watches are open`];
}
