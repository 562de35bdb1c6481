import type { ChildProcess } from 'node:child_process';
import { type AgentConfig, AppError, type Clock, describeCause, type Logger, type Random, type Timer } from '@ollama-coordinator/common';
import type { Agent } from '../agent.js';
import { agentVersion } from '../version.js';
import { proveProgram } from './prove-program.js';
import { updateOrders } from './update-orders.js';
import { type Update, updateProgram } from './update-program.js';
import { updateSource } from './update-source.js';

export interface UpdateWatchDeps {
  readonly config: AgentConfig;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly agent: Agent;
  /** Default: what this program is, and where its releases are. */
  readonly readSource?: typeof updateSource;
  /** The next version serves; this process has to make way. */
  readonly onUpdated: (child: ChildProcess) => void;
}

const ORDER_EVERY_MS = 2000;
const RELEASE_EVERY_MS = 6 * 3_600_000;
/** A fleet that was started together does not ask together. */
const SPREAD_MS = 30 * 60_000;
/** The longest answers are minutes long. */
const DRAIN_MS = 15 * 60_000;

/** Beside a running agent: looks for orders of the command line, and where it is told to, for releases. */
export class UpdateWatch {
  readonly #deps: UpdateWatchDeps;
  readonly #orders: ReturnType<typeof updateOrders>;
  readonly #stopped = new AbortController();
  readonly #timers: Timer[] = [];
  #working: Promise<void> | undefined;

  constructor(deps: UpdateWatchDeps) {
    this.#deps = deps;
    this.#orders = updateOrders(deps.config.dataDir);
  }

  start(): void {
    const { clock, config, random } = this.#deps;
    this.#timers.push(clock.setInterval(() => this.#look(), ORDER_EVERY_MS));
    if (config.updates !== 'auto') return;
    this.#timers.push(clock.setTimeout(() => this.#lookForRelease(), random() * SPREAD_MS));
    this.#timers.push(clock.setInterval(() => this.#lookForRelease(), RELEASE_EVERY_MS));
  }

  /** Breaks off an update that is under way: everything is as it was. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the agent stops'));
    for (const timer of this.#timers) timer.cancel();
    await this.#working;
  }

  #look(): void {
    this.#work(async () => {
      const id = await this.#orders.take();
      if (id === undefined) return;
      const told = await this.#update(undefined).then(
        ({ version, child }) => ({
          ok: true,
          text: version === undefined ? `${agentVersion()} is the newest` : `updated to ${version}, which serves`,
          child,
        }),
        (error: unknown) => ({ ok: false, text: describeCause(error), child: undefined }),
      );
      await this.#orders.tell({ id, ok: told.ok, text: told.text });
      if (told.child !== undefined) this.#deps.onUpdated(told.child);
    });
  }

  #lookForRelease(): void {
    this.#work(async () => {
      const { child } = await this.#update(await this.#orders.failedVersion());
      if (child !== undefined) this.#deps.onUpdated(child);
    });
  }

  /** One thing at a time. A failure is logged here, and told where somebody asked. */
  #work(task: () => Promise<void>): void {
    if (this.#working !== undefined || this.#stopped.signal.aborted) return;
    // Between the stop of the agent and its next start nothing else keeps the process.
    const alive = setInterval(() => undefined, ORDER_EVERY_MS);
    this.#working = task()
      .catch((error: unknown) => this.#deps.log.warn({ err: error }, 'the agent did not update itself'))
      .finally(() => {
        clearInterval(alive);
        this.#working = undefined;
      });
  }

  async #update(skip: string | undefined): Promise<Update> {
    const { config, log, clock, random, agent, readSource = updateSource } = this.#deps;
    const { signal } = this.#stopped;
    const { program, ...trust } = readSource(config);
    if (agent.status().phase !== 'registered')
      throw new AppError('UPDATE_NOT_POSSIBLE', {
        details: { reason: 'the coordinator does not answer, so that no version could show that it works' },
      });
    try {
      return await updateProgram({
        program,
        trust,
        version: agentVersion(),
        skip,
        log,
        clock,
        random,
        signal,
        env: process.env,
        onProgress: () => undefined,
        agent: {
          stop: () => agent.stop(DRAIN_MS),
          start: () => agent.start(),
          prove: (version) => proveProgram({ program, args: process.argv.slice(2), version, clock, signal }),
        },
      });
    } catch (error) {
      if (error instanceof AppError && error.code === 'UPDATE_BROKEN') await this.#orders.remember(String(error.details.version));
      throw error;
    }
  }
}
