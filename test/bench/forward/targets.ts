import { type StartProxy, startCaddy, startHaproxy, startNginx } from '../../support/proxies/index.js';
import { ownCpuMs, ownRssBytes, readCpuMs, readRssBytes } from '../support/process-usage.js';
import { startAgent, startCoordinator } from '../support/start-coordinator.js';
import type { TargetName } from './settings.js';

/** One process (or family of processes) behind a target's address, as it is measured. */
export interface Part {
  readonly name: 'proxy' | 'agent' | 'redis';
  cpuMs(): number;
  rssBytes(): number;
}

/** An address that the load is sent to. */
export interface Target {
  readonly name: TargetName;
  readonly url: string;
  readonly parts: readonly Part[];
  stop(): Promise<void>;
}

export interface TargetSurroundings {
  readonly backendPort: number;
  readonly folder: string;
  readonly profileFolder: string | undefined;
}

const PROXIES: Readonly<Partial<Record<TargetName, StartProxy>>> = { nginx: startNginx, haproxy: startHaproxy, caddy: startCaddy };

/** Resolves undefined where the program is not installed. */
export async function startTarget(name: TargetName, surroundings: TargetSurroundings): Promise<Target | undefined> {
  const { backendPort, folder } = surroundings;
  if (name === 'direct') return { name, url: `http://127.0.0.1:${backendPort}`, parts: [], stop: async () => {} };
  if (name === 'coordinator') return startOurs(surroundings);
  const proxy = await PROXIES[name]?.({ upstreamPorts: [backendPort], folder });
  if (proxy === undefined) return undefined;
  const part: Part = { name: 'proxy', cpuMs: () => readCpuMs(proxy.pid), rssBytes: () => readRssBytes(proxy.pid) };
  return { name, url: proxy.url, parts: [part], stop: () => proxy.stop() };
}

/** Coordinator, agent and a Redis of their own, with nothing switched off. */
async function startOurs({ backendPort, folder, profileFolder }: TargetSurroundings): Promise<Target> {
  const profile = profileFolder === undefined ? {} : { profileFolder };
  const coordinator = await startCoordinator({ folder, ...profile });
  const agent = await startAgent({
    folder,
    name: 'bench',
    coordinatorUrl: coordinator.url,
    ollamaUrl: `http://127.0.0.1:${backendPort}`,
    env: { AGENT_SLOTS: '1024' },
    ...profile,
  });
  return {
    name: 'coordinator',
    url: coordinator.url,
    parts: [measured('proxy', coordinator.pid), measured('agent', agent.pid), measured('redis', coordinator.redisPid)],
    async stop() {
      await agent.stop();
      await coordinator.stop();
    },
  };
}

function measured(name: Part['name'], pid: number): Part {
  return { name, cpuMs: () => ownCpuMs(pid), rssBytes: () => ownRssBytes(pid) };
}
