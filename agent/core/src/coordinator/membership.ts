import type {
  AgentConfig,
  AppError,
  Clock,
  HealthCheckRequest,
  Logger,
  ModelReport,
  Random,
  RegisterRequest,
  RegisterResponse,
} from '@ollama-coordinator/common';
import { createDelivery } from '../heartbeat/deliver-heartbeat.js';
import { Heartbeat } from '../heartbeat/heartbeat.js';
import { createRedisPublisher, type RedisPublisher } from '../heartbeat/publish-to-redis.js';
import type { Identity } from '../identity.js';
import { type CoordinatorClient, createCoordinatorClient } from './coordinator-client.js';
import { keepCredential, readCredential } from './kept-credential.js';
import { Registrar } from './registrar.js';

const REDIS_TIMEOUT_MS = 2000;

export interface MembershipDeps {
  readonly config: AgentConfig;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly composeRegistration: () => Promise<RegisterRequest>;
  readonly composeHeartbeat: () => Promise<HealthCheckRequest>;
  readonly readModels: () => { readonly digest: string; readonly models: ModelReport[] };
  /** Takes a registration over; throws to refuse it. */
  readonly accept: (response: RegisterResponse) => Promise<void>;
  readonly onRegistered: () => void;
  /** What the coordinator wants, with each heartbeat that it answers. */
  readonly onDraining: (draining: boolean) => void;
  /** It waited for that, and may serve from now on. */
  readonly onApproved: () => void;
  readonly onSuperseded: (error: AppError) => void;
}

/** An agent's place in the fleet: registered, kept by heartbeats, regained when the coordinator forgot it, given back. */
export class Membership {
  readonly #deps: MembershipDeps;
  readonly #client: CoordinatorClient;
  readonly #publisher: RedisPublisher | undefined;
  readonly #heartbeat: Heartbeat;
  readonly #registrar: Registrar;
  #phase: 'joining' | 'registered' | 'superseded' = 'joining';
  #registration: RegisterResponse | undefined;
  #waiting = false;
  #sharers = '';

  constructor(deps: MembershipDeps) {
    const { config, clock, random, log } = deps;
    this.#deps = deps;
    this.#client = createCoordinatorClient(config);
    this.#publisher = createPublisher(deps);
    this.#registrar = new Registrar({
      client: this.#client,
      clock,
      random,
      log,
      composeRequest: deps.composeRegistration,
      readCredential: () => readCredential(config),
      accept: (response) => this.#accept(response),
      onSuperseded: (error) => this.#superseded(error),
    });
    this.#heartbeat = new Heartbeat({
      clock,
      log,
      compose: deps.composeHeartbeat,
      readModels: deps.readModels,
      deliver: createDelivery({
        client: this.#client,
        publisher: this.#publisher,
        readRegistration: () => ({ token: this.#registration?.token ?? '', ttlMs: this.#registration?.ttl_ms ?? 0 }),
        readModels: () => deps.readModels().models,
        log,
      }),
      onAnswer: ({ draining, waiting }) => {
        deps.onDraining(draining);
        this.#setWaiting(waiting);
      },
      onUnknown: (error) => this.#forgotten(error),
      onSuperseded: (error) => this.#superseded(error),
    });
  }

  get phase(): 'joining' | 'registered' | 'superseded' {
    return this.#phase;
  }

  /** Registered, and gets nothing until an administrator approves it. */
  get waiting(): boolean {
    return this.#phase === 'registered' && this.#waiting;
  }

  /** Why the coordinator did not take the agent in at the last try. */
  get problem(): AppError | undefined {
    return this.#registrar.failure;
  }

  /** Bearer of the last registration. */
  get token(): string {
    return this.#registration?.token ?? '';
  }

  /** The coordinator may not know this agent any more: registers again. */
  doubt(): void {
    if (this.#phase === 'registered') this.#registrar.start();
  }

  /** Begins to register; also when something changed that only a registration tells. */
  register(): void {
    this.#registrar.start();
  }

  /** Something changed that a heartbeat tells. */
  beat(): void {
    this.#heartbeat.beat();
  }

  /** Tries no more to come in; heartbeats go on. */
  stopJoining(): void {
    this.#registrar.stop();
  }

  /** Ends the membership and tells the coordinator, where it can be told. */
  async leave(): Promise<void> {
    const { identity, log } = this.#deps;
    this.#registrar.stop();
    this.#heartbeat.stop();
    if (!this.#registration) return;
    try {
      await this.#publisher?.withdraw().catch((error: unknown) => log.info({ err: error }, 'the sign of life in Redis runs out by itself'));
      await this.#client.leave(this.#registration.token, { agent_id: identity.agentId, incarnation: identity.incarnation });
    } catch (error) {
      log.info({ err: error }, 'left without telling the coordinator, which notices by itself');
    }
  }

  close(): void {
    this.#publisher?.close();
    this.#client.close();
  }

  async #accept(response: RegisterResponse): Promise<void> {
    const { log, accept, onRegistered, config } = this.#deps;
    await accept(response);
    await keepCredential(config, response.token);
    this.#registration = response;
    this.#waiting = response.waiting;
    this.#phase = 'registered';
    if (response.waiting) log.info('an administrator has to approve this agent before it gets requests');
    log.info({ coordinator: config.coordinatorUrl, status: response.status, transport: response.transport }, 'registered');
    this.#warnOfSharers(response.shares_ollama_with);
    this.#heartbeat.start(response.heartbeat_ms);
    onRegistered();
  }

  /** Once per set of them, and not at each registration. */
  #warnOfSharers(sharers: readonly string[]): void {
    const named = sharers.map((name) => `"${name}"`).join(', ');
    if (named === this.#sharers) return;
    this.#sharers = named;
    if (named === '') return;
    this.#deps.log.warn(
      { ollama: this.#deps.config.ollamaUrl },
      `another agent (${named}) stands in front of the same Ollama, and each takes its slots for its own; stop one of them, or give this one an Ollama of its own (AGENT_OLLAMA_URL)`,
    );
  }

  #setWaiting(waiting: boolean): void {
    if (waiting === this.#waiting) return;
    this.#waiting = waiting;
    if (waiting) return;
    this.#deps.log.info('an administrator approved this agent');
    this.#deps.onApproved();
  }

  #forgotten({ code }: AppError): void {
    if (this.#phase !== 'registered') return;
    this.#deps.log.info({ code }, 'the coordinator does not know this agent any more; registering again');
    this.#phase = 'joining';
    this.#heartbeat.stop();
    this.#registrar.start();
  }

  #superseded(error: AppError): void {
    this.#deps.log.error({ code: error.code }, error.message);
    this.#phase = 'superseded';
    this.#registration = undefined;
    this.#registrar.stop();
    this.#heartbeat.stop();
    this.#deps.onSuperseded(error);
  }
}

function createPublisher({ config, identity, log }: MembershipDeps): RedisPublisher | undefined {
  const { redisUrl: url, redisPrefix: prefix, heartbeatMs } = config;
  if (url === undefined) return undefined;
  return createRedisPublisher({ url, prefix, agentId: identity.agentId, timeoutMs: Math.min(heartbeatMs, REDIS_TIMEOUT_MS), log });
}
