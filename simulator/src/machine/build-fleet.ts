import type { HealthMetrics, ModelReport, Random } from '@ollama-coordinator/common';
import type { Fleet } from '../input/fleet.js';
import type { EventClock } from '../time/event-clock.js';
import type { CoordinatorFace } from '../world/agent-membership.js';
import type { Network } from '../world/network.js';
import { createSimAgent, type SimAgent } from '../world/sim-agent.js';
import type { MachineTruth } from './machine-truth.js';
import { createSimOllama, type SimOllama, type Work } from './sim-ollama.js';
import type { Truth } from './truth.js';

const HEARTBEAT_MS = 5000;

export interface BuildFleetDeps {
  readonly fleet: Fleet;
  readonly truth: Truth;
  readonly clock: EventClock;
  readonly network: Network;
  readonly random: Random;
  readonly coordinator: (agent: string) => CoordinatorFace;
  readonly workOf: (requestId: string) => Work;
}

/** One agent per machine, with its Ollama behind it. */
export function buildFleet({ fleet, truth, ...deps }: BuildFleetDeps): ReadonlyMap<string, SimAgent<SimOllama>> {
  const agents = [...truth.machines].map(([id, machine], index) => {
    const ollama = createSimOllama({
      truth: machine,
      clock: deps.clock.forProcess(),
      keepAliveMs: fleet.keep_alive_s * 1000,
      workOf: deps.workOf,
    });
    const agent = createSimAgent({
      machine: {
        id,
        name: machine.machine.name,
        host: `10.${Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${(index % 250) + 1}`,
        slots: machine.machine.slots,
        maxRunners: machine.machine.max_loaded,
        maxRunnerBytes: machine.vramBytes,
        models: reportModels(machine),
        metrics: () => measure(machine, ollama),
        labels: machine.machine.labels,
        heartbeatMs: HEARTBEAT_MS,
      },
      clock: deps.clock,
      network: deps.network,
      ollama,
      coordinator: deps.coordinator(id),
    });
    return [id, agent] as const;
  });
  return new Map(agents);
}

function reportModels({ models }: MachineTruth): readonly ModelReport[] {
  return [...models].map(([name, { sizeBytes }]) => ({
    name,
    digest: `sha256:${name}`,
    size_bytes: Math.round(sizeBytes),
    modified_at: '',
  }));
}

/** What the agent sees of its machine: how busy it is, and its graphics memory where it has some. */
function measure({ machine, vramBytes }: MachineTruth, ollama: SimOllama): HealthMetrics {
  const cpu = ollama.busyShare();
  if (vramBytes === undefined) return { cpu, memory: 0.5, gpus: [] };
  const gpu = { name: machine.name, load: cpu, vram_bytes: Math.round(vramBytes), vram_used_bytes: Math.round(ollama.vramUsedBytes()) };
  return { cpu: cpu / 4, memory: 0.5, gpus: [gpu] };
}
