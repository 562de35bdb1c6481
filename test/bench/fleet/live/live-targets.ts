import type { Fleet } from '@ollama-coordinator/simulator';
import { type StartProxy, startHaproxy, startNginx } from '../../../support/proxies/index.js';
import type { SimulatedOllama } from '../../../support/simulated-ollama/index.js';
import { startFleet } from '../../../support/start-fleet.js';

/** What stands in front of the machines; several addresses take the requests in turn. */
export interface LiveTarget {
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

/** Resolves undefined where the program is not installed. */
export type StartTarget = (fleet: Fleet, ollamas: readonly SimulatedOllama[], folder: string) => Promise<LiveTarget | undefined>;

export const COORDINATOR = 'coordinator';
export const HAPROXY = 'HAProxy leastconn';

export interface CoordinatorOrder {
  readonly balancer: string;
  readonly replicas: number;
}

export function liveTargets(coordinator: CoordinatorOrder): Readonly<Record<string, StartTarget>> {
  return {
    [COORDINATOR]: (fleet, ollamas) => startCoordinator(fleet, ollamas, coordinator),
    'nginx least_conn': inFront(startNginx),
    [HAPROXY]: inFront(startHaproxy),
  };
}

/** Coordinator and agents as they are built and shipped, the agents told the VRAM that no driver tells them here. */
async function startCoordinator(
  fleet: Fleet,
  ollamas: readonly SimulatedOllama[],
  { balancer, replicas }: CoordinatorOrder,
): Promise<LiveTarget> {
  const { coordinators, close } = await startFleet({
    replicas,
    env: { COORDINATOR_BALANCER: balancer, COORDINATOR_AGENT_TTL_MS: '15000' },
    agents: fleet.machines.map(({ name, slots, vram_gb: vramGb }, index) => ({
      name,
      ollama: ollamas[index]?.url ?? '',
      env: {
        AGENT_SLOTS: String(slots),
        AGENT_HEARTBEAT_MS: '5000',
        ...(vramGb === undefined ? {} : { AGENT_VRAM_BYTES: String(Math.round(vramGb * 1e9)) }),
      },
    })),
  });
  return { urls: coordinators.map(({ url }) => url), stop: close };
}

function inFront(start: StartProxy): StartTarget {
  return async (_fleet, ollamas, folder) => {
    const proxy = await start({ upstreamPorts: ollamas.map(({ port }) => port), folder });
    return proxy && { urls: [proxy.url], stop: () => proxy.stop() };
  };
}
