import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Bar, judge } from '../../bench/support/bars.js';
import { eventually } from '../../support/eventually.js';
import type { SimulatedOllamaOptions } from '../../support/simulated-ollama/index.js';
import { type Fleet, type FleetOptions, startFleet } from '../../support/start-fleet.js';
import type { AskedRequest } from './asked-request.js';
import { type Client, createClient } from './client.js';
import { reportFault } from './fault-results.js';
import { type AgentAtRest, checkHistory, type Death, type ReplicaAtRest } from './history-checker.js';
import { listReceived } from './received-request.js';
import { HEARTBEAT_MS, TTL_MS } from './scale.js';

/** What a scenario works with. */
export interface Scenario {
  readonly fleet: Fleet;
  readonly client: Client;
  /** A measured figure and its bar. */
  figure(bar: Bar): void;
  /** An agent cannot serve from this moment on; the returned function says that it can again. */
  agentDies(agent: string, detectedWithinMs: number): () => void;
  /** From here on, requests of this replica may lose their connection. */
  replicaDies(url: string): void;
}

export interface ScenarioOptions {
  /** The row of FAULTS.md. */
  readonly fault: string;
  readonly agents?: readonly string[];
  readonly slots?: number;
  readonly ollama?: SimulatedOllamaOptions;
  readonly replicas?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly agentEnv?: Readonly<Record<string, string>>;
  readonly run: (scenario: Scenario) => Promise<void>;
}

const REST_WITHIN_MS = 15_000;

/** Starts a fleet, lets the scenario work on it, waits until all is at rest, and throws whatever its history shows to be wrong. */
export async function runScenario(options: ScenarioOptions): Promise<void> {
  const { fault, run } = options;
  // Every program of a fleet is killed with this process.
  setMaxListeners(100, process);
  const fleet = await startFleet(fleetOptions(options));
  const key = options.env?.COORDINATOR_ADMIN_KEY;
  const headers: Readonly<Record<string, string>> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const client = createClient(() => livingUrls(fleet), headers);
  const bars: Bar[] = [];
  const deaths: { -readonly [Key in keyof Death]: Death[Key] }[] = [];
  const dead = new Set<string>();
  const problems: string[] = [];
  try {
    await run({
      fleet,
      client,
      figure: (bar) => void bars.push(bar),
      agentDies: (agent, detectedWithinMs) => {
        const death: (typeof deaths)[number] = { agent, diedMs: performance.now(), detectedWithinMs };
        deaths.push(death);
        return () => {
          death.revivedMs = performance.now();
        };
      },
      replicaDies: (url) => void dead.add(url),
    });
    await withDeadline(client.allEnded(), 60_000);
    problems.push(...(await findProblems({ fleet, client, headers }, deaths, ({ url }) => dead.has(url))));
    problems.push(
      ...bars.filter((bar) => judge(bar) === 'missed by 5 ×').map(({ name, value }) => `${name}: ${value} misses its bar by 5 ×`),
    );
  } catch (failure) {
    problems.push(failure instanceof Error ? (failure.stack ?? failure.message) : String(failure));
  }
  if (problems.length > 0) problems.push(...warnings(fleet));
  await fleet.close();
  reportFault(fault, bars, problems);
  if (problems.length > 0) throw new Error(problems.slice(0, 30).join('\n'));
}

function fleetOptions({ agents = ['one', 'two'], slots = 4, ollama = {}, replicas = 1, env, agentEnv }: ScenarioOptions): FleetOptions {
  const models = [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10, outputTokens: 100_000 }] as const;
  return {
    replicas,
    env: {
      // Every agent gets its share, so that a fault of any of them meets requests.
      COORDINATOR_BALANCER: 'least-connections',
      COORDINATOR_AGENT_TTL_MS: String(TTL_MS),
      ...(replicas > 1 ? { COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-test-only' } : {}),
      ...env,
    },
    agents: agents.map((name) => ({
      name,
      ollama: { models, numParallel: slots, ...ollama },
      env: { AGENT_HEARTBEAT_MS: String(HEARTBEAT_MS), AGENT_SLOTS: String(slots), ...agentEnv },
    })),
  };
}

function livingUrls(fleet: Fleet): readonly string[] {
  return fleet.coordinators.filter(({ program }) => !program.hasEnded).map(({ url }) => url);
}

/** Checks the history once everything is at rest, or what is left when it does not come to rest. */
export async function findProblems(
  { fleet, client, headers }: Pick<Scenario, 'fleet' | 'client'> & { readonly headers: Readonly<Record<string, string>> },
  deaths: readonly Death[],
  mayBeCut: (asked: AskedRequest) => boolean,
): Promise<readonly string[]> {
  const check = async () =>
    checkHistory({
      asked: client.records,
      received: listReceived(fleet.agents),
      deaths,
      replicas: await Promise.all(livingUrls(fleet).map((url) => readReplica(url, headers))),
      inFlightAtOllama: Object.fromEntries(fleet.agents.map(({ name, ollama }) => [name, ollama?.stats.inFlight ?? 0])),
      mayBeCut,
    });
  await eventually(async () => (await check()).length === 0, { withinMs: REST_WITHIN_MS, everyMs: 100 }).catch(() => undefined);
  return check();
}

async function readReplica(url: string, headers: Readonly<Record<string, string>>): Promise<ReplicaAtRest> {
  const read = (path: string) => fetch(`${url}${path}`, { headers });
  const [stats, agents] = await Promise.all([read('/api/coordinator/stats'), read('/api/agents')]);
  const counts = (await stats.json()) as { running: number; waiting: number };
  return { name: url, running: counts.running, waiting: counts.waiting, agents: (await agents.json()) as AgentAtRest[] };
}

/** The last warnings of the replicas, to understand a failure by. */
function warnings(fleet: Fleet): readonly string[] {
  return fleet.coordinators.flatMap((_, index) => {
    const lines = readFileSync(fleet.logFile(index), 'utf8').split('\n');
    return lines.filter((line) => /"level":"?(40|50|60|warn|error)/.test(line)).slice(-5);
  });
}

async function withDeadline(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
