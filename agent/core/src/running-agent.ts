import type { Agent as ConnectionPool, Server } from 'node:http';
import {
  type AgentConfig,
  type AgentState,
  type AppError,
  type Clock,
  type Logger,
  normalizeModelName,
  type OllamaSetup,
  type Pause,
  type Random,
  type RegisterResponse,
  type Tracing,
} from '@ollama-coordinator/common';
import { agentState, composeHeartbeat, composeRegistration, composeSlots, type ReportSources } from './compose-reports.js';
import { chooseListenHost, warnOfPlainHttp } from './coordinator/advertise.js';
import { createCoordinatorPool } from './coordinator/coordinator-pool.js';
import { Membership } from './coordinator/membership.js';
import { pinCoordinatorKey } from './coordinator/pinned-keys.js';
import { SlotGate } from './gate/slot-gate.js';
import { hostOf, isThisMachine } from './http/local-address.js';
import { createBusyPool } from './http/request-json.js';
import { watchProgress } from './http/watch-progress.js';
import type { Identity } from './identity.js';
import { KeepModels } from './keep/keep-models.js';
import { machineName } from './machine-name.js';
import { createMetricsSampler, type MetricsSampler, type MetricsSource, noMetricsSource, systemMetricsSource } from './metrics-sampler.js';
import { createOllamaClient, type OllamaClient } from './ollama/ollama-client.js';
import { OllamaMonitor, type OllamaView } from './ollama/ollama-monitor.js';
import { type RunnerLimits, readRunnerLimits } from './ollama/runner-limits.js';
import { unloadModel } from './ollama/unload-model.js';
import { maxRunnerBytes } from './ollama/usable-vram.js';
import { FreeMemory } from './owner/free-memory.js';
import { type MachineSignals, machineSignals } from './owner/machine-signals.js';
import { OwnerWatch } from './owner/owner-watch.js';
import { createAgentServer, listen } from './server/agent-server.js';
import { type CopyCheck, createCopyCheck } from './server/copy-check.js';
import { ollamaAddress } from './server/forward.js';
import { HeldUp } from './server/held-up.js';
import { type AgentTls, openTls } from './server/open-tls.js';
import { createTokenCheck, type TokenCheck } from './server/token-check.js';
import { WatchHub } from './server/watch-hub.js';
import { createModelTransfers, type ModelTransfers } from './transfer/create-model-transfers.js';
import { AgentTunnel } from './tunnel/agent-tunnel.js';
import { Reach } from './tunnel/reach.js';

/** Connections to Ollama that may idle: one per stream that ended a moment ago. */
const MAX_IDLE_CONNECTIONS = 512;

/** What an agent is doing, for people and for the program that it runs in. */
export interface AgentReport {
  readonly phase: 'stopped' | 'joining' | 'registered' | 'superseded' | 'leaving';
  /** An administrator has to approve it first. */
  readonly waiting?: true;
  /** How the coordinator comes in; absent while it does not, or that is not known yet. */
  readonly reached?: 'direct' | 'tunnel';
  readonly coordinatorUrl: string;
  readonly ollamaUrl: string;
  readonly agentId?: string;
  readonly name?: string;
  /** Port that the agent listens on. */
  readonly port?: number;
  readonly state?: AgentState;
  /** Why it rests; absent where it does not. */
  readonly pause?: Pause;
  readonly ollama?: { readonly up: boolean; readonly version: string; readonly reason?: string; readonly models: number };
  readonly inFlight?: number;
  /** What the machine offers. */
  readonly shares?: Shares;
  /** Why the coordinator did not take the agent in at the last try; absent once it did. */
  readonly problem?: AppError;
}

/** What a machine offers to the fleet. */
export interface Shares {
  readonly models: readonly { readonly name: string; readonly bytes: number }[];
  /** Names of those that are in memory. */
  readonly loaded: readonly string[];
  /** Requests that one loaded model answers at the same time. */
  readonly slots: number;
  /** Graphics memory that models may fill; undefined where it is not known. */
  readonly vramBytes: number | undefined;
}

export interface RunningAgentDeps {
  readonly config: AgentConfig;
  readonly identity: Identity;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly graceMs: number;
  /** Undefined: nothing is traced. */
  readonly tracing: Tracing | undefined;
  readonly metricsSource?: MetricsSource;
  readonly machineSignals?: MachineSignals;
  readonly readSetup?: (() => OllamaSetup | undefined) | undefined;
  readonly readLimits?: () => Promise<RunnerLimits>;
  readonly onRegistered?: (report: AgentReport) => void;
  readonly onSuperseded?: (error: AppError) => void;
}

/** One start of an agent: its parts, joined to each other. */
export class RunningAgent {
  readonly #deps: RunningAgentDeps;
  readonly #ollama: OllamaClient;
  readonly #pool: ConnectionPool;
  readonly #monitor: OllamaMonitor;
  readonly #metrics: MetricsSampler;
  readonly #gate: SlotGate;
  readonly #watches: WatchHub;
  readonly #tokens: TokenCheck;
  readonly #copies: CopyCheck;
  readonly #membership: Membership;
  readonly #heldUp: HeldUp;
  readonly #models: ModelTransfers;
  readonly #keeper: KeepModels;
  readonly #owner: OwnerWatch;
  readonly #memory: FreeMemory;
  readonly #tls: AgentTls | undefined;
  readonly #server: Server;
  #unfollowTls: (() => void) | undefined;
  readonly #tunnel: AgentTunnel;
  readonly #towardsCoordinator: ConnectionPool;
  readonly #reach: Reach;
  #port = 0;
  #leaving = false;
  /** What the coordinator wants of this agent. */
  #drained = false;
  #onIdle: (() => void) | undefined;

  constructor(deps: RunningAgentDeps) {
    const { config, identity, log, clock, tracing, metricsSource = sourceFor(config.ollamaUrl) } = deps;
    const { ollamaUrl } = config;
    this.#deps = deps;
    this.#ollama = createOllamaClient({ ollamaUrl });
    this.#pool = createBusyPool(ollamaUrl, MAX_IDLE_CONNECTIONS, clock);
    this.#metrics = createMetricsSampler({
      source: metricsSource,
      clock,
      log,
      onGpus: (gpus) => this.#gate.setMaxRunnerBytes(maxRunnerBytes(config.vramBytes, gpus)),
    });
    this.#tokens = createTokenCheck({ ...identity, clock });
    this.#copies = createCopyCheck({ ...identity, clock });
    this.#gate = this.#createGate();
    this.#watches = new WatchHub({
      clock,
      readState: () => composeSlots(this.#sources()),
      onOpened: (replica) => this.#gate.watchOpened(replica),
      onClosed: (replica) => this.#gate.watchClosed(replica),
    });
    this.#monitor = new OllamaMonitor({
      client: this.#ollama,
      clock,
      intervalMs: config.heartbeatMs,
      hasProgressed: watchProgress(this.#pool),
      onChange: (view, before) => this.#ollamaChanged(view, before),
      onRunning: (running, askedMs) => this.#gate.observe(running, askedMs),
    });
    this.#membership = this.#createMembership();
    this.#heldUp = new HeldUp({ clock });
    this.#models = createModelTransfers({ ...deps, client: this.#ollama, onChanged: () => this.#monitor.look() });
    this.#keeper = this.#createKeeper();
    this.#owner = this.#createOwnerWatch();
    this.#memory = new FreeMemory({
      readRunners: () => this.#gate.runners(),
      mayUnload: () => this.#owner.pause !== undefined && this.#gate.inFlightCount === 0,
      unloadModel: (model) => unloadModel({ client: this.#ollama, model, log }).then(() => this.#monitor.look()),
    });
    this.#tls = openTls(config, { clock, log });
    this.#server = createAgentServer({
      tls: this.#tls,
      ...identity,
      ollamaUrl,
      address: ollamaAddress(ollamaUrl),
      pool: this.#pool,
      gate: this.#gate,
      watches: this.#watches,
      tokens: this.#tokens,
      heldUp: this.#heldUp,
      keeper: this.#keeper,
      models: this.#models,
      copies: this.#copies,
      tracing,
      clock,
      log,
      onOllamaTouched: () => this.#monitor.look(),
    });
    this.#towardsCoordinator = createCoordinatorPool(config, 0);
    this.#tunnel = new AgentTunnel({
      ...deps,
      coordinatorUrl: config.coordinatorUrl,
      pool: this.#towardsCoordinator,
      server: this.#server,
      readToken: () => this.#membership.token,
      onUnknown: () => this.#membership.doubt(),
    });
    const isWatched = () => this.#watches.replicas.length > 0;
    this.#reach = new Reach({ ...deps, listenHost: chooseListenHost(config), tunnel: this.#tunnel, isWatched });
  }

  async start(): Promise<void> {
    const { config, log } = this.#deps;
    const host = chooseListenHost(config);
    this.#port = await listen(this.#server, { host, port: config.port });
    this.#unfollowTls = this.#tls?.follow(this.#server, () => this.#membership.register());
    warnOfPlainHttp(config, { host, isSecure: this.#tls !== undefined }, log);
    this.#metrics.start();
    this.#heldUp.start();
    this.#keeper.start();
    await Promise.all([this.#monitor.start(), this.#takeLimits(), this.#owner.start()]);
    const { up, reason } = this.#monitor.view;
    if (!up) log.warn({ ollama: config.ollamaUrl }, `${reason}; the agent waits for it`);
    this.#membership.register();
  }

  async stop(graceMs = this.#deps.graceMs): Promise<void> {
    this.#leaving = true;
    this.#applyDraining();
    this.#watches.leaving();
    this.#models.stop();
    this.#keeper.stop();
    this.#owner.stop();
    this.#reach.stop();
    this.#membership.stopJoining();
    this.#membership.beat();
    await this.#idle(graceMs);
    this.#monitor.stop();
    this.#metrics.stop();
    this.#heldUp.stop();
    await this.#membership.leave();
    this.#watches.stop();
    this.#gate.stop();
    await this.#close();
  }

  /** What the owner wants may have changed. */
  lookAtOwner(): Promise<void> {
    return this.#owner.lookAgain();
  }

  report(): AgentReport {
    const { config, identity } = this.#deps;
    const { up, version, reason, models } = this.#monitor.view;
    return {
      phase: this.#leaving ? 'leaving' : this.#membership.phase,
      coordinatorUrl: config.coordinatorUrl,
      ollamaUrl: config.ollamaUrl,
      agentId: identity.agentId,
      name: machineName(config),
      port: this.#port,
      ...(this.#membership.waiting && { waiting: true as const }),
      ...reachedBy(this.#tunnel.isOpen, this.#watches.replicas.length > 0),
      state: agentState(this.#sources()),
      ollama: { up, version, models: models.length, ...(reason === undefined ? {} : { reason }) },
      inFlight: this.#gate.inFlightCount,
      shares: {
        models: models.map(({ name, size_bytes: bytes }) => ({ name, bytes })),
        loaded: this.#gate.runners().map(({ model }) => model),
        slots: this.#gate.slots,
        vramBytes: this.#gate.maxRunnerBytes,
      },
      ...(this.#owner.pause === undefined ? {} : { pause: this.#owner.pause }),
      ...(this.#membership.problem && { problem: this.#membership.problem }),
    };
  }

  #createGate(): SlotGate {
    const { config, log, clock } = this.#deps;
    return new SlotGate({
      clock,
      slots: config.slots === 'auto' ? 1 : config.slots,
      onChange: () => {
        this.#watches.announce();
        if (this.#gate.inFlightCount > 0) return;
        this.#onIdle?.();
        this.#memory.look();
      },
      onGrant: (lease) => this.#watches.grant(lease),
      unloadModel: (model) => unloadModel({ client: this.#ollama, model, log }),
    });
  }

  #createKeeper(): KeepModels {
    const { clock, log } = this.#deps;
    return new KeepModels({
      gate: this.#gate,
      client: this.#ollama,
      readModels: () => new Set(this.#monitor.view.up ? this.#monitor.view.models.map(({ name }) => normalizeModelName(name)) : []),
      clock,
      log,
      onChanged: () => {
        this.#monitor.look();
        this.#watches.announce();
        this.#membership.beat();
      },
    });
  }

  #createOwnerWatch(): OwnerWatch {
    const { machineSignals: signals = machineSignals } = this.#deps;
    return new OwnerWatch({
      ...this.#deps,
      signals,
      readOwnUse: () => ({
        requests: this.#gate.inFlightCount,
        vramBytes: this.#gate.runners().reduce((bytes, { vram_bytes }) => bytes + vram_bytes, 0),
      }),
      onChange: (pause) => this.#paused(pause),
    });
  }

  #createMembership(): Membership {
    const { onRegistered, onSuperseded } = this.#deps;
    return new Membership({
      ...this.#deps,
      composeRegistration: () => composeRegistration(this.#sources()),
      composeHeartbeat: () => composeHeartbeat(() => this.#sources()),
      readModels: () => ({ digest: this.#monitor.view.modelsDigest, models: [...this.#monitor.view.models] }),
      accept: (response) => this.#accept(response),
      onRegistered: () => {
        if (!this.#membership.waiting) this.#reach.registered();
        onRegistered?.(this.report());
      },
      onApproved: () => this.#reach.registered(),
      onDraining: (draining) => this.#drain(draining),
      onSuperseded: (error) => {
        this.#applyDraining();
        onSuperseded?.(error);
      },
    });
  }

  #sources(): ReportSources {
    const { config, identity } = this.#deps;
    const { diskFree } = this.#models;
    const { kept } = this.#keeper;
    const view = this.#monitor.view;
    const certificate = this.#tls?.fingerprint();
    const pause = this.#leaving || this.#drained ? undefined : this.#owner.pause;
    const setup = this.#deps.readSetup?.();
    return {
      config,
      identity,
      gate: this.#gate,
      pause,
      metrics: this.#metrics,
      setup,
      view,
      kept,
      port: this.#port,
      diskFree,
      certificate,
    };
  }

  async #accept({ coordinator_key: key }: RegisterResponse): Promise<void> {
    const { config, log } = this.#deps;
    await pinCoordinatorKey({ dataDir: config.dataDir, coordinatorUrl: config.coordinatorUrl, key, log });
    await Promise.all([this.#tokens.useKey(key), this.#copies.useKey(key)]);
  }

  #drain(draining: boolean): void {
    if (draining === this.#drained) return;
    this.#deps.log.info(draining ? 'the coordinator drains this agent' : 'the coordinator ended the drain');
    this.#drained = draining;
    this.#applyDraining();
    this.#membership.beat();
  }

  #paused(pause: Pause | undefined): void {
    this.#deps.log.info({ pause }, pause === undefined ? 'the agent takes requests again' : `${pause.text}: what runs is finished first`);
    this.#applyDraining();
    this.#memory.paused(pause !== undefined);
    this.#watches.announce();
    this.#membership.beat();
  }

  #applyDraining(): void {
    const isPaused = this.#owner.pause !== undefined;
    this.#gate.setDraining(isPaused || this.#drained || this.#leaving || this.#membership.phase === 'superseded');
  }

  #ollamaChanged(view: OllamaView, before: OllamaView): void {
    const { config, log } = this.#deps;
    this.#gate.setModels(view.models);
    if (view.up !== before.up && this.#membership.phase === 'registered')
      log.info({ ollama: config.ollamaUrl, version: view.version, reason: view.reason }, view.up ? 'Ollama is up' : 'Ollama is down');
    if (view.up && !before.up) {
      this.#models.ollamaStarted();
      void this.#takeLimits();
    }
    this.#watches.announce();
    this.#membership.beat();
  }

  /** Ollama (re)started, perhaps with other settings. Never throws. */
  async #takeLimits(): Promise<void> {
    const { config, readLimits, log } = this.#deps;
    try {
      const limits = await (readLimits?.() ?? readRunnerLimits(config, process.env));
      const changed = limits.slots !== this.#gate.slots;
      this.#gate.setLimits(limits);
      if (changed && this.#membership.phase === 'registered') this.#membership.register();
    } catch (error) {
      log.warn({ err: error }, 'how much Ollama takes at once could not be read');
    }
  }

  #idle(graceMs: number): Promise<void> {
    const { clock } = this.#deps;
    if (this.#gate.inFlightCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.setTimeout(resolve, graceMs);
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  async #close(): Promise<void> {
    this.#unfollowTls?.();
    this.#tunnel.stop();
    this.#towardsCoordinator.destroy();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#membership.close();
    this.#pool.destroy();
    this.#ollama.close();
    await closed;
    await this.#deps.tracing?.stop();
  }
}

function sourceFor(ollamaUrl: string): MetricsSource {
  return isThisMachine(hostOf(ollamaUrl)) ? systemMetricsSource : noMetricsSource;
}

function reachedBy(isTunnelOpen: boolean, isWatched: boolean): Pick<AgentReport, 'reached'> {
  if (isTunnelOpen) return { reached: 'tunnel' };
  return isWatched ? { reached: 'direct' } : {};
}
