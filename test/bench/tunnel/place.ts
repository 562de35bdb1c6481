import { join } from 'node:path';
import { type FaultProxy, startFaultProxy } from '../../faults/support/start-fault-proxy.js';
import type { RunningProgram } from '../../support/start-program.js';
import { type RunningCoordinator, startAgent, startCoordinator } from '../support/start-coordinator.js';
import { type PacedOllama, startPacedOllama } from './paced-ollama.js';

/** One coordinator, one Ollama, and agents in front of it: one is reached at its address, two through their tunnels. */
export interface Place {
  readonly ollama: PacedOllama;
  readonly coordinator: RunningCoordinator;
  /** By name, as `x-coordinator-pin` takes it. */
  readonly agents: Readonly<Record<'direct' | 'tunnel' | 'remote', RunningProgram>>;
  /** Between the agent `remote` and the coordinator. It passes on whatever comes, however slowly it is read. */
  readonly network: FaultProxy;
  close(): Promise<void>;
}

const SLOTS = '256';
/** Nobody listens at that address: what reaches such an agent came through its tunnel. */
const TUNNEL = { AGENT_SLOTS: SLOTS, AGENT_TRANSPORT: 'tunnel', AGENT_ADVERTISE: '127.0.0.1:9' };

export async function startPlace(folder: string, hugeBytes: number, profileFolder?: string): Promise<Place> {
  const ollama = await startPacedOllama(hugeBytes);
  const profile = (name: string) => (profileFolder === undefined ? {} : { profileFolder: join(profileFolder, name) });
  const coordinator = await startCoordinator({ folder, ...profile('coordinator') });
  const network = await startFaultProxy(() => Number(new URL(coordinator.url).port));
  const common = { folder, coordinatorUrl: coordinator.url, ollamaUrl: ollama.url };
  const direct = await startAgent({ ...common, name: 'direct', env: { AGENT_SLOTS: SLOTS, AGENT_TRANSPORT: 'direct' } });
  const tunnel = await startAgent({ ...common, ...profile('agent'), name: 'tunnel', env: TUNNEL });
  const remote = await startAgent({ ...common, name: 'remote', env: { ...TUNNEL, AGENT_COORDINATOR_URL: network.url } });
  return {
    ollama,
    coordinator,
    agents: { direct, tunnel, remote },
    network,
    async close() {
      await Promise.all([direct, tunnel, remote].map((agent) => agent.stop()));
      await coordinator.stop();
      await network.close();
      ollama.close();
    },
  };
}
