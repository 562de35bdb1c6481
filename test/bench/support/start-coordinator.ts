import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../support/find-free-port.js';
import { type RunningProgram, startProgram } from '../../support/start-program.js';

const repository = new URL('../../../../', import.meta.url);

export interface CoordinatorSettings {
  /** Existing folder of this run; data, log and output go there. */
  readonly folder: string;
  /** Of this replica, where there are several. */
  readonly name?: string;
  /** Of a Redis that replicas share; by default it starts a private one. */
  readonly redisUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for a CPU profile, written when it stops. */
  readonly profileFolder?: string;
}

export interface RunningCoordinator {
  readonly url: string;
  readonly pid: number;
  /** Of the private Redis that it started; NaN where it has none. */
  readonly redisPid: number;
  stop(): Promise<void>;
}

/** Time to write out Redis's data, and a CPU profile, before it is killed. */
const STOP_GRACE_MS = 30_000;

/** Our coordinator as a user runs it: its built program with its own private Redis, logging to a file. Resolves when it is ready. */
export async function startCoordinator(settings: CoordinatorSettings): Promise<RunningCoordinator> {
  const { folder, name = 'coordinator', redisUrl, env, profileFolder } = settings;
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const program = await startProgram({
    name,
    command: process.execPath,
    args: [...profileArgs(profileFolder), fileURLToPath(new URL('coordinator/dist/main.js', repository)), 'serve'],
    env: {
      COORDINATOR_PORT: `${port}`,
      COORDINATOR_DATA_DIR: `${folder}/coordinator`,
      COORDINATOR_LOG_FILE: `${folder}/${name}.log`,
      ...(redisUrl === undefined ? {} : { COORDINATOR_REDIS_URL: redisUrl }),
      ...env,
    },
    outputFile: `${folder}/${name}.out`,
    isReady: async () => (await fetch(`${url}/readyz`)).ok,
  });
  const redisPid = redisUrl === undefined ? Number(await readFile(`${folder}/coordinator/redis/redis.pid`, 'utf8')) : Number.NaN;
  return { url, pid: program.pid, redisPid, stop: () => program.stop(STOP_GRACE_MS) };
}

export interface AgentSettings {
  readonly folder: string;
  readonly name: string;
  readonly coordinatorUrl: string;
  readonly ollamaUrl: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly profileFolder?: string;
}

/** Our agent's built program. Resolves when the coordinator lists it as online. */
export async function startAgent(settings: AgentSettings): Promise<RunningProgram> {
  const { folder, name, coordinatorUrl, ollamaUrl, env, profileFolder } = settings;
  return startProgram({
    name: `agent ${name}`,
    command: process.execPath,
    args: [...profileArgs(profileFolder), fileURLToPath(new URL('agent/core/dist/cli.js', repository)), 'run'],
    env: {
      AGENT_COORDINATOR_URL: coordinatorUrl,
      AGENT_OLLAMA_URL: ollamaUrl,
      AGENT_OLLAMA_SETUP: 'off',
      AGENT_PORT: '0',
      AGENT_NAME: name,
      AGENT_DATA_DIR: `${folder}/agent-${name}`,
      ...env,
    },
    outputFile: `${folder}/agent-${name}.out`,
    isReady: async () => (await statusOf(coordinatorUrl, name)) === 'online',
  });
}

/** Status of the agent of that name in `GET /api/agents`, undefined while it is not listed. */
export async function statusOf(coordinatorUrl: string, name: string): Promise<string | undefined> {
  const response = await fetch(`${coordinatorUrl}/api/agents`);
  const agents = (await response.json()) as readonly { readonly name: string; readonly status: string }[];
  return agents.find((agent) => agent.name === name)?.status;
}

function profileArgs(folder: string | undefined): readonly string[] {
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}
