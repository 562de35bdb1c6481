import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type StartProxy, startCaddy, startHaproxy, startNginx } from '../../support/proxies/index.js';
import type { RunningProgram } from '../../support/start-program.js';
import { startRedis } from '../../support/start-redis.js';
import { ownCpuMs, ownRssBytes, readCpuMs, readRssBytes } from '../support/process-usage.js';
import { type RunningCoordinator, startAgent, startCoordinator } from '../support/start-coordinator.js';
import type { TargetName } from './settings.js';

/** One process (or family of processes) behind a target's address, as it is measured. */
export interface Part {
  readonly name: 'proxy' | 'agent' | 'redis';
  cpuMs(): number;
  rssBytes(): number;
}

/** What the load is sent to. */
export interface Target {
  readonly name: TargetName;
  /** Several where replicas share the load. */
  readonly urls: readonly string[];
  readonly parts: readonly Part[];
  /** Has so many streams find a place at a time. */
  makeRoom?(streams: number): Promise<void>;
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
  if (name === 'direct') return { name, urls: [`http://127.0.0.1:${backendPort}`], parts: [], stop: async () => {} };
  if (name === 'coordinator') return startOurs(surroundings);
  if (name === 'replicas') return startReplicas(surroundings);
  if (name === 'pair') return startPair(surroundings);
  const proxy = await PROXIES[name]?.({ upstreamPorts: [backendPort], folder });
  if (proxy === undefined) return undefined;
  const part: Part = { name: 'proxy', cpuMs: () => readCpuMs(proxy.pid), rssBytes: () => readRssBytes(proxy.pid) };
  return { name, urls: [proxy.url], parts: [part], stop: () => proxy.stop() };
}

/** The most that an agent may be given. */
const AGENT_SLOTS = 1024;

/** Coordinator, agent and a Redis of their own, with nothing switched off. */
async function startOurs({ backendPort, folder, profileFolder }: TargetSurroundings): Promise<Target> {
  const profile = profileFolder === undefined ? {} : { profileFolder };
  const coordinator = await startCoordinator({ folder, ...profile });
  const { url, pid, redisPid } = coordinator;
  const agent = await startAgent({ folder, name: 'bench', coordinatorUrl: url, ...behind(backendPort), ...profile });
  const further: RunningProgram[] = [];
  return {
    name: 'coordinator',
    urls: [url],
    parts: [measured('proxy', pid), measured('agent', agent.pid), measured('redis', redisPid)],
    async makeRoom(streams) {
      while ((1 + further.length) * AGENT_SLOTS < streams)
        further.push(await startAgent({ folder, name: `bench-${further.length}`, coordinatorUrl: url, ...behind(backendPort) }));
    },
    async stop() {
      for (const each of [agent, ...further]) await each.stop();
      await coordinator.stop();
    },
  };
}

/** The same with two replicas on one Redis, which share the load and the agent. */
async function startReplicas({ backendPort, folder }: TargetSurroundings): Promise<Target> {
  const own = await mkdtemp(join(folder, 'replicas-'));
  const redis = await startRedis();
  const replicas: RunningCoordinator[] = [];
  for (const name of ['one', 'two']) replicas.push(await startCoordinator({ folder: own, name, redisUrl: redis.url }));
  const urls = replicas.map(({ url }) => url);
  const agent = await startAgent({ folder: own, name: 'bench', coordinatorUrl: urls[0] ?? '', ...behind(backendPort) });
  const pids = replicas.map(({ pid }) => pid);
  return {
    name: 'replicas',
    urls,
    parts: [measured('proxy', ...pids), measured('agent', agent.pid), measured('redis', redis.pid)],
    async stop() {
      await agent.stop();
      for (const replica of replicas) await replica.stop();
      await redis.close();
    },
  };
}

/** Two coordinators that share nothing but the machine: what a second one costs the first by being there, its caches and its cores. */
async function startPair(surroundings: TargetSurroundings): Promise<Target> {
  const pair: Target[] = [];
  for (let index = 0; index < 2; index += 1)
    pair.push(await startOurs({ ...surroundings, folder: await mkdtemp(join(surroundings.folder, 'pair-')), profileFolder: undefined }));
  const sum = (name: Part['name'], read: (part: Part) => number) =>
    pair.flatMap(({ parts }) => parts.filter((part) => part.name === name)).reduce((total, part) => total + read(part), 0);
  return {
    name: 'pair',
    urls: pair.flatMap(({ urls }) => urls),
    parts: (['proxy', 'agent', 'redis'] as const).map((name) => ({
      name,
      cpuMs: () => sum(name, (part) => part.cpuMs()),
      rssBytes: () => sum(name, (part) => part.rssBytes()),
    })),
    async stop() {
      for (const each of pair) await each.stop();
    },
  };
}

function behind(backendPort: number) {
  return { ollamaUrl: `http://127.0.0.1:${backendPort}`, env: { AGENT_SLOTS: String(AGENT_SLOTS) } };
}

function measured(name: Part['name'], ...pids: readonly number[]): Part {
  const sum = (read: (pid: number) => number) => pids.reduce((total, pid) => total + read(pid), 0);
  return { name, cpuMs: () => sum(ownCpuMs), rssBytes: () => sum(ownRssBytes) };
}
