import { type Random, seededRandom } from '@ollama-coordinator/common';

export interface Arrival {
  readonly atMs: number;
  readonly id: string;
  readonly caller: string;
  readonly model: string;
  readonly numCtx: number | undefined;
  readonly priority: 'interactive' | 'batch';
  /** Index of the replica that it goes to, where that lives. */
  readonly replica: number;
  /** When its client goes, if it is not answered by then. */
  readonly leavesAtMs: number | undefined;
}

export type FaultKind =
  | 'crash'
  | 'leave'
  | 'drain'
  | 'ollama-dies'
  | 'cut'
  | 'mute'
  | 'isolate'
  | 'redis-away'
  | 'redis-emptied'
  | 'replica-killed';

export interface Fault {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly agent: number;
  readonly replica: number;
  readonly lastsMs: number;
}

export interface AgentPlan {
  readonly slots: number;
  readonly maxRunners: number;
  readonly models: readonly string[];
  readonly errorShare: number;
}

/** Everything that will happen, by one seed. */
export interface Schedule {
  readonly seed: number;
  readonly replicas: number;
  readonly agents: readonly AgentPlan[];
  readonly balancer: 'least-connections' | 'round-robin' | 'load-based';
  readonly meanServiceMs: number;
  readonly queueLimit: number;
  readonly queueTimeoutMs: number;
  /** The slowest message, where another one than usual. */
  readonly mostDelayMs?: number;
  readonly arrivals: readonly Arrival[];
  readonly faults: readonly Fault[];
  /** From here on nothing fails any more, and nobody comes. */
  readonly healMs: number;
}

const START_MS = 3000;
const FAULT_KINDS: readonly FaultKind[] = [
  'crash',
  'crash',
  'leave',
  'drain',
  'ollama-dies',
  'cut',
  'cut',
  'mute',
  'isolate',
  'redis-away',
  'redis-emptied',
  'replica-killed',
];

/** Every so many seeds, so many answers fail everywhere that no agent is left out for it, and retries spend their budget. */
const STORM_EVERY = 12;
const STORM_ERRORS = 0.5;
/** Every so many seeds, each so many-th request is the only one of its caller. */
const LIGHT_EVERY = 3;
const LIGHT_SHARE = 5;

function isStorm(seed: number): boolean {
  return seed % STORM_EVERY === 1;
}

export function generateSchedule(seed: number): Schedule {
  const random = seededRandom(seed);
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const from = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const lastsMs = 4000 + 8000 * random();
  const healMs = START_MS + lastsMs;
  const models = ['llama3:latest', 'qwen3:8b', 'gemma3:latest'].slice(0, 1 + upTo(2));
  const agents = Array.from({ length: 2 + upTo(3) }, (_, index): AgentPlan => {
    const own = models.filter(() => random() < 0.7);
    return {
      slots: 1 + upTo(2),
      maxRunners: 1 + upTo(1),
      // The first has every model, so that each can be had.
      models: index === 0 || own.length === 0 ? models : own,
      errorShare: isStorm(seed) ? STORM_ERRORS : random() < 0.2 ? 0.2 : 0,
    };
  });
  const replicas = 1 + upTo(2);
  const meanServiceMs = from([60, 200, 600]);
  const slots = agents.reduce((sum, agent) => sum + agent.slots, 0);
  const count = Math.min(60, Math.ceil((0.3 + 1.2 * random()) * ((lastsMs * slots) / meanServiceMs)) + 4);
  return {
    seed,
    replicas,
    agents,
    balancer: from(['least-connections', 'least-connections', 'round-robin', 'load-based']),
    meanServiceMs,
    queueLimit: random() < 0.1 ? 4 : 1000,
    queueTimeoutMs: 60_000,
    healMs,
    arrivals: Array.from({ length: count }, (_, index) => {
      const arrived = arrival(index, { random, healMs, models, replicas });
      return seed % LIGHT_EVERY === 0 && index % LIGHT_SHARE === 0 ? { ...arrived, caller: `light-${index}` } : arrived;
    }),
    faults: Array.from({ length: upTo(5) }, () => ({
      atMs: START_MS + (lastsMs - 500) * random(),
      kind: from(FAULT_KINDS),
      agent: upTo(agents.length - 1),
      replica: upTo(replicas - 1),
      lastsMs: 50 + 6000 * random() ** 2,
    })),
  };
}

interface ArrivalDeps {
  readonly random: Random;
  readonly healMs: number;
  readonly models: readonly string[];
  readonly replicas: number;
}

function arrival(index: number, { random, healMs, models, replicas }: ArrivalDeps): Arrival {
  // Some come together, so that gates fill while others look.
  const atMs =
    random() < 0.3 ? START_MS + 500 * Math.floor((random() * (healMs - START_MS)) / 500) : START_MS + random() * (healMs - START_MS);
  return {
    atMs,
    id: `request-${index}`,
    caller: `caller-${Math.floor(random() * 3)}`,
    model: models[Math.floor(random() * models.length)] ?? '',
    numCtx: random() < 0.1 ? 8192 : undefined,
    priority: random() < 0.2 ? 'batch' : 'interactive',
    replica: Math.floor(random() * replicas),
    leavesAtMs: random() < 0.1 ? atMs + 1500 * random() : undefined,
  };
}
