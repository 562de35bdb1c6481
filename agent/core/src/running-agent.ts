import type { Agent as ConnectionPool, Server } from 'node:http';
import {
  type AgentConfig,
  type AgentState,
  type AppError,
  type Clock,
  type HealthCheckRequest,
  type HealthCheckResponse,
  type Logger,
  PROTOCOL_VERSION,
  type Random,
  type RegisterRequest,
  type RegisterResponse,
} from '@ollama-coordinator/common';
import { chooseAdvertisedAddress } from './coordinator/advertise.js';
import { type CoordinatorClient, createCoordinatorClient } from './coordinator/coordinator-client.js';
import { pinCoordinatorKey } from './coordinator/pinned-keys.js';
import { Registrar } from './coordinator/registrar.js';
import { SlotGate } from './gate/slot-gate.js';
import { createDelivery } from './heartbeat/deliver-heartbeat.js';
import { Heartbeat } from './heartbeat/heartbeat.js';
import { createRedisPublisher, type RedisPublisher } from './heartbeat/publish-to-redis.js';
import { hostOf, isThisMachine, portOf } from './http/local-address.js';
import { createConnectionPool } from './http/request-json.js';
import type { Identity } from './identity.js';
import { machineName } from './machine-name.js';
import { createMetricsSampler, type MetricsSampler, type MetricsSource, noMetricsSource, systemMetricsSource } from './metrics-sampler.js';
import { createOllamaClient, type OllamaClient } from './ollama/ollama-client.js';
import { OllamaMonitor, type OllamaView } from './ollama/ollama-monitor.js';
import { type RunnerLimits, readRunnerLimits } from './ollama/runner-limits.js';
import { unloadModel } from './ollama/unload-model.js';
import { createAgentServer, listen } from './server/agent-server.js';
import { ollamaAddress } from './server/forward.js';
import { createTokenCheck, type TokenCheck } from './server/token-check.js';
import { WatchHub } from './server/watch-hub.js';

/** Connections to Ollama that may idle: one per stream that ended a moment ago. */
const MAX_IDLE_CONNECTIONS = 512;
const WITHDRAW_TIMEOUT_MS = 2000;

/** What an agent is doing, for people and for the program that it runs in. */
export interface AgentReport {
  readonly phase: 'stopped' | 'joining' | 'registered' | 'superseded' | 'leaving';
  readonly coordinatorUrl: string;
  readonly ollamaUrl: string;
  readonly agentId?: string;
  readonly name?: string;
  /** Port that the agent listens on. */
  readonly port?: number;
  readonly state?: AgentState;
  readonly ollama?: { readonly up: boolean; readonly version: string; readonly reason?: string; readonly models: number };
  readonly inFlight?: number;
}

export interface RunningAgentDeps {
  readonly config: AgentConfig;
  readonly identity: Identity;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly graceMs: number;
  readonly metricsSource?: MetricsSource;
  readonly readLimits?: () => Promise<RunnerLimits>;
  readonly onRegistered?: (report: AgentReport) => void;
  readonly onSuperseded?: (error: AppError) => void;
}

/** One start of an agent: its parts, joined to each other. */
export class RunningAgent {
  readonly #deps: RunningAgentDeps;
  readonly #coordinator: CoordinatorClient;
  readonly #ollama: OllamaClient;
  readonly #pool: ConnectionPool;
  readonly #monitor: OllamaMonitor;
  readonly #metrics: MetricsSampler;
  readonly #gate: SlotGate;
  readonly #watches: WatchHub;
  readonly #tokens: TokenCheck;
  readonly #publisher: RedisPublisher | undefined;
  readonly #heartbeat: Heartbeat;
  readonly #registrar: Registrar;
  readonly #server: Server;
  #phase: AgentReport['phase'] = 'joining';
  #registration: RegisterResponse | undefined;
  #port = 0;
  /** What the coordinator wants of this agent. */
  #drained = false;
  #onIdle: (() => void) | undefined;

  constructor(deps: RunningAgentDeps) {
    const { config, identity, log, clock, random } = deps;
    const { coordinatorUrl, ollamaUrl } = config;
    this.#deps = deps;
    this.#coordinator = createCoordinatorClient(coordinatorUrl);
    this.#ollama = createOllamaClient({ ollamaUrl });
    this.#pool = createConnectionPool(ollamaUrl, MAX_IDLE_CONNECTIONS);
    this.#metrics = createMetricsSampler({ source: deps.metricsSource ?? sourceFor(ollamaUrl), clock, log });
    this.#gate = this.#createGate();
    this.#watches = this.#createWatches();
    this.#tokens = createTokenCheck({ ...identity, clock });
    this.#publisher = this.#createPublisher();
    this.#monitor = new OllamaMonitor({
      client: this.#ollama,
      clock,
      intervalMs: config.heartbeatMs,
      onChange: (view, before) => void this.#ollamaChanged(view, before),
      onRunning: (running, askedMs) => this.#gate.observe(running, askedMs),
    });
    this.#heartbeat = this.#createHeartbeat();
    this.#registrar = new Registrar({
      client: this.#coordinator,
      clock,
      random,
      log,
      composeRequest: () => this.#composeRegistration(),
      accept: (response) => this.#registered(response),
      onSuperseded: (error) => this.#superseded(error),
    });
    this.#server = createAgentServer({
      ...identity,
      ollamaUrl,
      address: ollamaAddress(ollamaUrl),
      pool: this.#pool,
      gate: this.#gate,
      watches: this.#watches,
      tokens: this.#tokens,
      log,
      onOllamaTouched: () => this.#monitor.look(),
    });
  }

  async start(): Promise<void> {
    this.#port = await listen(this.#server, this.#deps.config);
    this.#metrics.start();
    await this.#monitor.start();
    const { up, reason } = this.#monitor.view;
    if (!up) this.#deps.log.warn({ ollama: this.#deps.config.ollamaUrl }, `${reason}; the agent waits for it`);
    this.#registrar.start();
  }

  async stop(): Promise<void> {
    const registration = this.#registration;
    this.#phase = 'leaving';
    this.#applyDraining();
    this.#watches.leaving();
    this.#heartbeat.beat();
    this.#registrar.stop();
    await this.#idle();
    this.#heartbeat.stop();
    this.#monitor.stop();
    this.#metrics.stop();
    if (registration) await this.#leave(registration);
    this.#watches.stop();
    this.#gate.stop();
    await this.#close();
  }

  report(): AgentReport {
    const { config, identity } = this.#deps;
    const { up, version, reason, models } = this.#monitor.view;
    return {
      phase: this.#phase,
      coordinatorUrl: config.coordinatorUrl,
      ollamaUrl: config.ollamaUrl,
      agentId: identity.agentId,
      name: machineName(config),
      port: this.#port,
      state: this.#state(),
      ollama: { up, version, models: models.length, ...(reason === undefined ? {} : { reason }) },
      inFlight: this.#gate.inFlightCount,
    };
  }

  #createGate(): SlotGate {
    const { config, log, clock } = this.#deps;
    return new SlotGate({
      clock,
      slots: config.slots === 'auto' ? 1 : config.slots,
      onChange: () => {
        this.#watches.announce();
        if (this.#gate.inFlightCount === 0) this.#onIdle?.();
      },
      onGrant: (lease) => this.#watches.grant(lease),
      unloadModel: (model) => unloadModel({ client: this.#ollama, model, log }),
    });
  }

  #createWatches(): WatchHub {
    return new WatchHub({
      clock: this.#deps.clock,
      readState: () => ({ ...this.#slotReport(), state: this.#state() }),
      onOpened: (replica) => this.#gate.watchOpened(replica),
      onClosed: (replica) => this.#gate.watchClosed(replica),
    });
  }

  #createPublisher(): RedisPublisher | undefined {
    const { config, identity, log } = this.#deps;
    if (config.redisUrl === undefined) return undefined;
    const timeoutMs = Math.min(config.heartbeatMs, WITHDRAW_TIMEOUT_MS);
    return createRedisPublisher({ url: config.redisUrl, prefix: config.redisPrefix, agentId: identity.agentId, timeoutMs, log });
  }

  #createHeartbeat(): Heartbeat {
    const { clock, log } = this.#deps;
    return new Heartbeat({
      clock,
      log,
      compose: () => this.#composeHeartbeat(),
      readModels: () => ({ digest: this.#monitor.view.modelsDigest, models: [...this.#monitor.view.models] }),
      deliver: createDelivery({
        client: this.#coordinator,
        publisher: this.#publisher,
        readRegistration: () => ({ token: this.#registration?.token ?? '', ttlMs: this.#registration?.ttl_ms ?? 15_000 }),
        readModels: () => [...this.#monitor.view.models],
        log,
      }),
      onAnswer: (answer) => this.#answered(answer),
      onUnknown: (error) => this.#forgotten(error),
      onSuperseded: (error) => this.#superseded(error),
    });
  }

  async #composeRegistration(): Promise<RegisterRequest> {
    const { config, identity } = this.#deps;
    const { host, port } = await chooseAdvertisedAddress({
      advertise: config.advertise,
      listenHost: config.host,
      listenPort: this.#port,
      coordinatorUrl: config.coordinatorUrl,
    });
    return {
      protocol_version: PROTOCOL_VERSION,
      agent_id: identity.agentId,
      incarnation: identity.incarnation,
      machine_name: machineName(config),
      ip_address: host,
      port,
      ollama_version: this.#monitor.view.version,
      ollama_port: portOf(config.ollamaUrl),
      transport: config.transport,
      heartbeat_ms: config.heartbeatMs,
      slots: this.#gate.slots,
      labels: config.labels,
      ...(config.joinToken === undefined ? {} : { join_token: config.joinToken }),
    };
  }

  async #composeHeartbeat(): Promise<HealthCheckRequest> {
    const { identity } = this.#deps;
    const metrics = await this.#metrics.sample();
    const { up, version } = this.#monitor.view;
    return {
      protocol_version: PROTOCOL_VERSION,
      agent_id: identity.agentId,
      incarnation: identity.incarnation,
      sequence: 0,
      state: this.#state(),
      ...this.#slotReport(),
      models_digest: '',
      metrics,
      ollama: { version, up },
    };
  }

  #slotReport() {
    const { maxRunners } = this.#gate;
    return {
      in_flight: this.#gate.inFlight(),
      runners: this.#gate.runners(),
      ...(maxRunners === undefined ? {} : { max_runners: maxRunners }),
    };
  }

  #state(): AgentState {
    if (this.#gate.draining) return 'draining';
    return this.#monitor.view.up ? 'ready' : 'ollama_down';
  }

  async #registered(response: RegisterResponse): Promise<void> {
    const { config, log, onRegistered } = this.#deps;
    const { dataDir, coordinatorUrl } = config;
    await pinCoordinatorKey({ dataDir, coordinatorUrl, key: response.coordinator_key, log });
    await this.#tokens.useKey(response.coordinator_key);
    if (this.#phase === 'leaving') return;
    this.#registration = response;
    this.#phase = 'registered';
    log.info({ coordinator: coordinatorUrl, status: response.status, transport: response.transport }, 'registered');
    this.#heartbeat.start(response.heartbeat_ms);
    onRegistered?.(this.report());
  }

  #answered({ draining }: HealthCheckResponse): void {
    if (draining !== this.#drained) this.#deps.log.info(draining ? 'the coordinator drains this agent' : 'the coordinator ended the drain');
    this.#drained = draining;
    const before = this.#gate.draining;
    this.#applyDraining();
    if (before !== this.#gate.draining) this.#heartbeat.beat();
  }

  #applyDraining(): void {
    this.#gate.setDraining(this.#drained || this.#phase === 'leaving' || this.#phase === 'superseded');
  }

  #forgotten(error: AppError): void {
    if (this.#phase !== 'registered') return;
    this.#deps.log.info({ code: error.code }, 'the coordinator does not know this agent any more; registering again');
    this.#phase = 'joining';
    this.#heartbeat.stop();
    this.#registrar.start();
  }

  #superseded(error: AppError): void {
    this.#deps.log.error({ code: error.code }, error.message);
    this.#phase = 'superseded';
    this.#registration = undefined;
    this.#heartbeat.stop();
    this.#applyDraining();
    this.#deps.onSuperseded?.(error);
  }

  async #ollamaChanged(view: OllamaView, before: OllamaView): Promise<void> {
    const { config, log } = this.#deps;
    this.#gate.setDigests(new Map(view.models.map(({ name, digest }) => [name, digest])));
    if (view.up !== before.up && this.#registration)
      log.info({ ollama: config.ollamaUrl, version: view.version, reason: view.reason }, view.up ? 'Ollama is up' : 'Ollama is down');
    if (view.up && !before.up) await this.#takeLimits();
    this.#watches.announce();
    this.#heartbeat.beat();
  }

  /** Ollama (re)started, perhaps with other settings. */
  async #takeLimits(): Promise<void> {
    const { config, readLimits } = this.#deps;
    const limits = await (readLimits?.() ?? readRunnerLimits(config, process.env));
    const changed = limits.slots !== this.#gate.slots;
    this.#gate.setLimits(limits);
    if (changed && this.#phase === 'registered') this.#registrar.start();
  }

  #idle(): Promise<void> {
    const { clock, graceMs } = this.#deps;
    if (this.#gate.inFlightCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.setTimeout(resolve, graceMs);
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  async #leave({ token }: RegisterResponse): Promise<void> {
    const { identity, log } = this.#deps;
    try {
      await this.#publisher?.withdraw();
      await this.#coordinator.leave(token, { agent_id: identity.agentId, incarnation: identity.incarnation });
    } catch (error) {
      log.info({ err: error }, 'left without telling the coordinator, which notices by itself');
    }
  }

  async #close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#publisher?.close();
    this.#pool.destroy();
    this.#ollama.close();
    this.#coordinator.close();
    await closed;
  }
}

function sourceFor(ollamaUrl: string): MetricsSource {
  return isThisMachine(hostOf(ollamaUrl)) ? systemMetricsSource : noMetricsSource;
}
