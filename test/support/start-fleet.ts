import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Agent } from '@ollama-coordinator/common';
import { eventually } from './eventually.js';
import { findFreePort } from './find-free-port.js';
import { type SimulatedOllama, type SimulatedOllamaOptions, startSimulatedOllama } from './simulated-ollama/index.js';
import { type RunningProgram, startProgram } from './start-program.js';
import { startRedis, type TestRedis } from './start-redis.js';

const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));
const AGENT = fileURLToPath(import.meta.resolve('#agent/cli.js'));

export interface FleetAgentOptions {
  readonly name: string;
  /** A simulated Ollama is started with these; or the address of one that runs. */
  readonly ollama?: SimulatedOllamaOptions | string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface FleetOptions {
  readonly agents?: readonly FleetAgentOptions[];
  /** Of every coordinator. */
  readonly env?: Readonly<Record<string, string>>;
  readonly replicas?: number;
}

export interface FleetAgent {
  readonly name: string;
  readonly program: RunningProgram;
  /** Undefined where the Ollama was given by its address. */
  readonly ollama: SimulatedOllama | undefined;
}

/** Built programs on this machine: coordinators on one real Redis, agents, simulated Ollamas. */
export interface Fleet {
  /** Of the first coordinator. */
  readonly url: string;
  readonly coordinators: readonly { readonly url: string; readonly program: RunningProgram }[];
  readonly agents: readonly FleetAgent[];
  readonly redis: TestRedis;
  /** Where a coordinator logs. */
  logFile(index: number): string;
  /** What an agent printed and logged. */
  outputFile(agent: string): string;
  addAgent(options: FleetAgentOptions): Promise<FleetAgent>;
  /** Starts an agent that was stopped again, with the same identity. */
  restartAgent(name: string): Promise<FleetAgent>;
  /** SIGTERM, its grace period, and a start on the same port; the first one where no index is given. */
  restartCoordinator(index?: number): Promise<void>;
  listAgents(): Promise<Agent[]>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  close(): Promise<void>;
}

/** Short intervals, so that a test sees an agent go offline in about a second. */
const FAST = { heartbeatMs: '200', ttlMs: '800' };

export async function startFleet({ agents = [], env = {}, replicas = 1 }: FleetOptions = {}): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-fleet-'));
  const redis = await startRedis();
  const coordinators: { url: string; program: RunningProgram }[] = [];
  const running = new Map<string, FleetAgent>();
  const settings = new Map<string, FleetAgentOptions>();

  const logFile = (index: number) => join(folder, `coordinator-${index}.log`);

  const startCoordinator = async (index: number, port: number) => {
    const url = `http://127.0.0.1:${port}`;
    const program = await startProgram({
      name: `coordinator ${index}`,
      command: process.execPath,
      args: [COORDINATOR, 'serve'],
      env: {
        COORDINATOR_PORT: String(port),
        COORDINATOR_REDIS_URL: redis.url,
        COORDINATOR_DATA_DIR: join(folder, 'coordinator'),
        COORDINATOR_LOG_FILE: logFile(index),
        COORDINATOR_AGENT_TTL_MS: FAST.ttlMs,
        ...env,
      },
      outputFile: join(folder, `coordinator-${index}.out`),
      isReady: async () => (await fetch(`${url}/readyz`)).ok,
    });
    coordinators[index] = { url, program };
  };
  for (let index = 0; index < replicas; index += 1) await startCoordinator(index, await findFreePort());
  const url = coordinators[0]?.url ?? '';

  const launch = async (options: FleetAgentOptions, ollama: SimulatedOllama | undefined): Promise<FleetAgent> => {
    const { name } = options;
    const ollamaUrl = ollama?.url ?? String(options.ollama);
    const program = await startProgram({
      name: `agent ${name}`,
      command: process.execPath,
      args: [AGENT, 'run'],
      env: {
        AGENT_NAME: name,
        AGENT_COORDINATOR_URL: url,
        AGENT_OLLAMA_URL: ollamaUrl,
        AGENT_OLLAMA_SETUP: 'off',
        AGENT_PORT: '0',
        AGENT_HEARTBEAT_MS: FAST.heartbeatMs,
        AGENT_DATA_DIR: join(folder, name),
        ...options.env,
      },
      outputFile: join(folder, `${name}.out`),
      isReady: async () => (await agentsOf(url, env)).some((agent) => agent.name === name && agent.status === 'online'),
    });
    const agent = { name, program, ollama };
    running.set(name, agent);
    return agent;
  };

  const fleet: Fleet = {
    url,
    coordinators,
    /** In the order they were asked for, whichever was up first. */
    get agents() {
      return [...settings.keys()].flatMap((name) => running.get(name) ?? []);
    },
    redis,
    logFile,
    outputFile: (agent) => join(folder, `${agent}.out`),
    addAgent: async (options) => {
      settings.set(options.name, options);
      return launch(options, typeof options.ollama === 'string' ? undefined : await startSimulatedOllama(options.ollama ?? {}));
    },
    restartAgent: async (name) => {
      const options = settings.get(name);
      if (!options) throw new Error(`no agent ${name}`);
      return launch(options, running.get(name)?.ollama);
    },
    restartCoordinator: async (index = 0) => {
      const coordinator = coordinators[index];
      if (!coordinator) throw new Error(`no coordinator ${index}`);
      await coordinator.program.stop();
      await startCoordinator(index, Number(new URL(coordinator.url).port));
    },
    listAgents: () => agentsOf(url, env),
    post: (path, body, headers = {}) =>
      fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }),
    close: async () => {
      await Promise.all([...running.values()].map(({ program }) => program.stop(2000)));
      await Promise.all(coordinators.map(({ program }) => program.stop(2000)));
      await Promise.all([...running.values()].map(({ ollama }) => ollama?.close()));
      await redis.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await Promise.all(agents.map((options) => fleet.addAgent(options)));
    await Promise.all(coordinators.map((coordinator) => knowsAll(coordinator.url, agents, env)));
  } catch (failure) {
    await fleet.close();
    throw failure;
  }
  return fleet;
}

/** Every replica is told of an agent a moment after the one that it registered with. */
function knowsAll(url: string, agents: readonly FleetAgentOptions[], env: Readonly<Record<string, string>>): Promise<unknown> {
  return eventually(
    async () => {
      const online = (await agentsOf(url, env)).filter(({ status }) => status === 'online').map(({ name }) => name);
      return agents.every(({ name }) => online.includes(name));
    },
    { withinMs: 30_000 },
  );
}

async function agentsOf(url: string, env: Readonly<Record<string, string>>): Promise<Agent[]> {
  const key = env.COORDINATOR_ADMIN_KEY;
  const response = await fetch(`${url}/api/agents`, { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });
  return (await response.json()) as Agent[];
}

/** Waits until an agent has a status. */
export async function agentBecomes(fleet: Fleet, name: string, status: Agent['status'], withinMs = 20_000): Promise<Agent> {
  return eventually(
    async () => {
      const agent = (await fleet.listAgents()).find((candidate) => candidate.name === name);
      if (agent?.status !== status) throw new Error(`agent ${name} is ${agent?.status ?? 'not there'}, not ${status}`);
      return agent;
    },
    { withinMs },
  );
}
