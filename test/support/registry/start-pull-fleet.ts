import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@ollama-coordinator/common';
import { eventually } from '../eventually.js';
import type { LoggedRequest } from '../simulated-ollama/request-log.js';
import { type Fleet, type FleetOptions, startFleet } from '../start-fleet.js';
import { type SimulatedRegistry, startRegistry } from './start-registry.js';

export interface PullFleetOptions extends Omit<FleetOptions, 'agents'> {
  readonly agents: readonly string[];
  readonly agentEnv?: Readonly<Record<string, string>>;
  /** Folders of agents that are not to lie in the temporary one. */
  readonly modelsDirs?: Readonly<Record<string, string>>;
}

/** A fleet whose simulated Ollamas keep models in folders of their own and pull from one registry. */
export interface PullFleet {
  readonly fleet: Fleet;
  readonly registry: SimulatedRegistry;
  modelsDir(agent: string): string;
  /** Adds one more agent with a folder and, where they are given, settings of its own. */
  addAgent(name: string, env?: Readonly<Record<string, string>>): Promise<void>;
  pull(body: object, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** The records of a pull, in Ollama's shape. */
  pullRecords(body: object, headers?: Readonly<Record<string, string>>): Promise<PullRecord[]>;
  jobs(): Promise<Job[]>;
  job(id: string): Promise<Job>;
  makeJob(body: object): Promise<{ readonly status: number; readonly job: Job }>;
  /** Resolves with the job once it has ended. */
  ended(id: string, withinMs?: number): Promise<Job>;
  /** What an agent's Ollama was asked to pull. */
  pullsAt(agent: string): readonly LoggedRequest[];
  /** Names of the agents that list the model, sorted. */
  holders(model: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface PullRecord {
  readonly status?: string;
  readonly digest?: string;
  readonly total?: number;
  readonly completed?: number;
  readonly error?: string;
}

export async function startPullFleet({ agents, agentEnv = {}, modelsDirs = {}, ...options }: PullFleetOptions): Promise<PullFleet> {
  // Every program of a fleet is killed with this process.
  setMaxListeners(100, process);
  const folder = await mkdtemp(join(tmpdir(), 'oc-pull-'));
  const registry = await startRegistry();
  const modelsDir = (agent: string) => modelsDirs[agent] ?? join(folder, agent);
  const describe = (name: string, env: Readonly<Record<string, string>> = {}) => ({
    name,
    ollama: { models: [], modelsDir: modelsDir(name), registry: registry.url },
    env: { AGENT_OLLAMA_MODELS: modelsDir(name), ...agentEnv, ...env },
  });
  const close = async (fleet?: Fleet) => {
    await fleet?.close();
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  };
  let fleet: Fleet;
  try {
    fleet = await startFleet({ ...options, agents: agents.map((name) => describe(name)) });
  } catch (failure) {
    await close();
    throw failure;
  }
  const read = async <T>(path: string) => (await (await fetch(fleet.url + path)).json()) as T;
  const job = (id: string) => read<Job>(`/api/coordinator/jobs/${id}`);
  const pull = (body: object, headers: Readonly<Record<string, string>> = {}) => fleet.post('/api/pull', body, headers);
  return {
    fleet,
    registry,
    modelsDir,
    addAgent: async (name, env) => void (await fleet.addAgent(describe(name, env))),
    pull,
    pullRecords: async (body, headers) => parseRecords(await (await pull(body, headers)).text()),
    jobs: async () => (await read<{ jobs: Job[] }>('/api/coordinator/jobs')).jobs,
    job,
    makeJob: async (body) => {
      const response = await fleet.post('/api/coordinator/jobs', body);
      return { status: response.status, job: (await response.json()) as Job };
    },
    ended: (id, withinMs = 10_000) =>
      eventually(
        async () => {
          const found = await job(id);
          return found.ended_at === undefined ? false : found;
        },
        { withinMs, everyMs: 50 },
      ),
    pullsAt: (agent) => fleet.agents.find(({ name }) => name === agent)?.ollama?.requests.filter(({ path }) => path === '/api/pull') ?? [],
    holders: async (model) =>
      (await fleet.listAgents())
        .filter(({ models }) => models.some(({ name }) => name === model))
        .map(({ name }) => name)
        .sort(),
    close: () => close(fleet),
  };
}

export function parseRecords(text: string): PullRecord[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as PullRecord);
}
