import type { Pause } from '@ollama-coordinator/common';
import type { AgentReport } from './agent-report.js';
import { composeAgentReport } from './compose-agent-report.js';
import type { ReportSources } from './compose-reports.js';
import { chooseListenHost, warnOfPlainHttp } from './coordinator/advertise.js';
import { type CoordinatorSide, createCoordinatorSide } from './coordinator-side.js';
import type { OllamaView } from './ollama/ollama-monitor.js';
import { readRunnerLimits } from './ollama/runner-limits.js';
import { createOllamaSide, type OllamaSide } from './ollama-side.js';
import type { RunningAgentDeps } from './running-agent-deps.js';
import { listen } from './server/agent-server.js';

/** One start of an agent: its two sides joined to each other, in the order in which they come up and end. */
export class RunningAgent {
  readonly #deps: RunningAgentDeps;
  readonly #ollama: OllamaSide;
  readonly #coordinator: CoordinatorSide;
  #unfollowTls: (() => void) | undefined;
  #port = 0;
  #leaving = false;
  /** What the coordinator wants of this agent. */
  #drained = false;
  #onIdle: (() => void) | undefined;

  constructor(deps: RunningAgentDeps) {
    this.#deps = deps;
    this.#ollama = createOllamaSide(deps, {
      onOllamaChanged: (view, before) => this.#ollamaChanged(view, before),
      onPause: (pause) => this.#paused(pause),
      onIdle: () => this.#onIdle?.(),
      onNews: () => this.#coordinator.membership.beat(),
      readPause: () => this.#toldPause(),
    });
    this.#coordinator = createCoordinatorSide(deps, this.#ollama, {
      readSources: () => this.#sources(),
      onRegistered: () => deps.onRegistered?.(this.report()),
      onDraining: (draining) => this.#drain(draining),
      onSuperseded: (error) => {
        this.#applyDraining();
        deps.onSuperseded?.(error);
      },
    });
  }

  async start(): Promise<void> {
    const { config, log } = this.#deps;
    const { metrics, keeper, monitor, owner } = this.#ollama;
    const { server, tls, membership, heldUp } = this.#coordinator;
    const host = chooseListenHost(config);
    this.#port = await listen(server, { host, port: config.port });
    this.#unfollowTls = tls?.follow(server, () => membership.register());
    warnOfPlainHttp(config, { host, isSecure: tls !== undefined }, log);
    metrics.start();
    heldUp.start();
    keeper.start();
    await Promise.all([monitor.start(), this.#takeLimits(), owner.start()]);
    const { up, reason } = monitor.view;
    if (!up) log.warn({ ollama: config.ollamaUrl }, `${reason}; the agent waits for it`);
    membership.register();
  }

  async stop(graceMs = this.#deps.graceMs): Promise<void> {
    const { metrics, gate, watches, monitor, models, keeper, owner } = this.#ollama;
    const { membership, reach, heldUp } = this.#coordinator;
    this.#leaving = true;
    this.#applyDraining();
    watches.leaving();
    models.stop();
    keeper.stop();
    owner.stop();
    reach.stop();
    membership.stopJoining();
    membership.beat();
    await this.#idle(graceMs);
    monitor.stop();
    metrics.stop();
    heldUp.stop();
    await membership.leave();
    watches.stop();
    gate.stop();
    await this.#close();
  }

  /** What the owner wants may have changed. */
  lookAtOwner(): Promise<void> {
    return this.#ollama.owner.lookAgain();
  }

  report(): AgentReport {
    return composeAgentReport({
      ...this.#deps,
      ollama: this.#ollama,
      coordinator: this.#coordinator,
      port: this.#port,
      isLeaving: this.#leaving,
      toldPause: this.#toldPause(),
    });
  }

  /** A drain or a farewell goes before it: an agent that leaves does not come back by itself. */
  #toldPause(): Pause | undefined {
    return this.#leaving || this.#drained ? undefined : this.#ollama.owner.pause;
  }

  #sources(): ReportSources {
    const { config, identity, readSetup } = this.#deps;
    const { gate, metrics, monitor, keeper, models } = this.#ollama;
    return {
      config,
      identity,
      gate,
      metrics,
      pause: this.#toldPause(),
      setup: readSetup?.(),
      view: monitor.view,
      kept: keeper.kept,
      port: this.#port,
      diskFree: models.diskFree,
      certificate: this.#coordinator.tls?.fingerprint(),
    };
  }

  #drain(draining: boolean): void {
    if (draining === this.#drained) return;
    this.#deps.log.info(draining ? 'the coordinator drains this agent' : 'the coordinator ended the drain');
    this.#drained = draining;
    this.#applyDraining();
    this.#coordinator.membership.beat();
  }

  #paused(pause: Pause | undefined): void {
    const { memory, watches } = this.#ollama;
    this.#deps.log.info({ pause }, pause === undefined ? 'the agent takes requests again' : `${pause.text}: what runs is finished first`);
    this.#applyDraining();
    memory.paused(pause !== undefined);
    watches.announce();
    this.#coordinator.membership.beat();
  }

  #applyDraining(): void {
    const { gate, owner } = this.#ollama;
    const isSuperseded = this.#coordinator.membership.phase === 'superseded';
    gate.setDraining(owner.pause !== undefined || this.#drained || this.#leaving || isSuperseded);
  }

  #ollamaChanged(view: OllamaView, before: OllamaView): void {
    const { config, log } = this.#deps;
    const { gate, models, watches } = this.#ollama;
    const { membership } = this.#coordinator;
    gate.setModels(view.models);
    if (view.up !== before.up && membership.phase === 'registered')
      log.info({ ollama: config.ollamaUrl, version: view.version, reason: view.reason }, view.up ? 'Ollama is up' : 'Ollama is down');
    if (view.up && !before.up) {
      models.ollamaStarted();
      void this.#takeLimits();
    }
    watches.announce();
    membership.beat();
  }

  /** Ollama (re)started, perhaps with other settings. Never throws. */
  async #takeLimits(): Promise<void> {
    const { config, readLimits, log } = this.#deps;
    const { gate } = this.#ollama;
    const { membership } = this.#coordinator;
    try {
      const limits = await (readLimits?.() ?? readRunnerLimits(config, process.env));
      const changed = limits.slots !== gate.slots;
      gate.setLimits(limits);
      if (changed && membership.phase === 'registered') membership.register();
    } catch (error) {
      log.warn({ err: error }, 'how much Ollama takes at once could not be read');
    }
  }

  #idle(graceMs: number): Promise<void> {
    const { clock } = this.#deps;
    if (this.#ollama.gate.inFlightCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.setTimeout(resolve, graceMs);
      this.#onIdle = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  async #close(): Promise<void> {
    const { server, tunnel, pool, membership } = this.#coordinator;
    this.#unfollowTls?.();
    tunnel.stop();
    pool.destroy();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    membership.close();
    this.#ollama.pool.destroy();
    this.#ollama.client.close();
    await closed;
    await this.#deps.tracing?.stop();
  }
}
