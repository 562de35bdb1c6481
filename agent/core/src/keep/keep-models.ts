import {
  backoffDelayMs,
  type Clock,
  describeCause,
  type KeptModel,
  type LoadOptions,
  type Logger,
  optionsOfSignature,
  type Timer,
} from '@ollama-coordinator/common';
import type { GateRunner, Ticket } from '../gate/gate-state.js';
import type { SlotGate } from '../gate/slot-gate.js';
import type { OllamaClient } from '../ollama/ollama-client.js';

export interface KeepModelsDeps {
  readonly gate: Pick<SlotGate, 'admit' | 'makeRoom' | 'loaded' | 'release' | 'setPinned' | 'runnerOf'>;
  readonly client: Pick<OllamaClient, 'load'>;
  /** Names of the models on disk while Ollama is up; empty while it is down. */
  readonly readModels: () => ReadonlySet<string>;
  readonly clock: Clock;
  readonly log: Logger;
  /** What is kept, or how long Ollama keeps it, has changed. */
  readonly onChanged: () => void;
}

/** How often it is looked whether what is kept is there; the gate may have no room for it at first. */
const LOOK_MS = 2000;
/** After a failed load the next one waits, ever longer. */
const BACKOFF = { firstMs: 5000, maxMs: 300_000 };
/** Whom the gate counts such a request for. */
const REPLICA = 'agent';
/** Ollama's word for "for ever" is the end of Go's time, the year 2319. */
const FOREVER_FROM_YEAR = 2200;

/**
 * Keeps models in Ollama's memory, as the coordinator asked: loads what is missing, through the gate, and tells Ollama to keep it for ever.
 * A request of a client sets another time, so it is told again when the runner is idle. What is not kept any more gets Ollama's usual time.
 */
export class KeepModels {
  readonly #deps: KeepModelsDeps;
  #kept: readonly KeptModel[] = [];
  /** Models whose runner this agent loaded itself, with the context that it had then. */
  readonly #ownContext = new Map<string, number | undefined>();
  readonly #busy = new Set<string>();
  readonly #failed = new Map<string, { readonly times: number; readonly untilMs: number }>();
  #timer: Timer | undefined;

  constructor(deps: KeepModelsDeps) {
    this.#deps = deps;
  }

  get kept(): readonly KeptModel[] {
    return this.#kept;
  }

  /** Replaces what was asked before. */
  keep(kept: readonly KeptModel[]): void {
    const before = this.#kept;
    this.#kept = kept;
    this.#deps.gate.setPinned(new Set(kept.filter(({ pinned }) => pinned).map(({ model }) => model)));
    for (const { model } of before) if (!kept.some((one) => one.model === model)) void this.#ask(model, 'usual');
    this.#deps.onChanged();
    this.look();
  }

  start(): void {
    this.#timer = this.#deps.clock.setInterval(() => this.look(), LOOK_MS);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#kept = [];
  }

  look(): void {
    const onDisk = this.#deps.readModels();
    for (const { model, pinned } of this.#kept) {
      if (!onDisk.has(model)) continue;
      const runner = this.#deps.gate.runnerOf(model);
      if (runner === undefined) void this.#load(model, pinned);
      else if (this.#isToBeRenewed(model, runner)) void this.#ask(model, 'forever');
    }
  }

  /** Only with the options that it runs with: others would have Ollama load it anew. */
  #isToBeRenewed(model: string, runner: GateRunner): boolean {
    const { state, inFlight, expiresAt, contextLength, signature } = runner;
    if (state !== 'ready' || expiresAt === undefined) return false;
    if (this.#ownContext.has(model)) this.#ownContext.set(model, this.#ownContext.get(model) ?? contextLength);
    if (inFlight > 0 || Number(expiresAt.slice(0, 4)) >= FOREVER_FROM_YEAR) return false;
    return signature !== model || (this.#ownContext.has(model) && this.#ownContext.get(model) === contextLength);
  }

  async #load(model: string, pinned: boolean): Promise<void> {
    const { clock, gate } = this.#deps;
    if (this.#busy.has(model) || clock.monotonic() < (this.#failed.get(model)?.untilMs ?? 0)) return;
    const admission = gate.admit({ replica: REPLICA, signature: model, mayEvict: pinned });
    if (!admission.admitted) return;
    this.#ownContext.set(model, undefined);
    await this.#run(model, admission.ticket, 'forever');
  }

  async #ask(model: string, howLong: 'forever' | 'usual'): Promise<void> {
    const runner = this.#deps.gate.runnerOf(model);
    if (this.#busy.has(model) || runner === undefined || runner.state !== 'ready') return;
    const admission = this.#deps.gate.admit({ replica: REPLICA, signature: runner.signature, mayEvict: false });
    if (admission.admitted) await this.#run(model, admission.ticket, howLong, optionsOfSignature(runner.signature));
  }

  async #run(model: string, ticket: Ticket, howLong: 'forever' | 'usual', options: LoadOptions = {}): Promise<void> {
    const { gate, client, log, onChanged } = this.#deps;
    this.#busy.add(model);
    try {
      if (ticket.victims.length > 0 && !(await gate.makeRoom(ticket))) return;
      await client.load(model, { options, ...(howLong === 'forever' ? { keepAlive: -1 } : {}) });
      gate.loaded(ticket);
      this.#failed.delete(model);
    } catch (error) {
      const times = (this.#failed.get(model)?.times ?? 0) + 1;
      this.#failed.set(model, { times, untilMs: this.#deps.clock.monotonic() + backoffDelayMs(times, BACKOFF) });
      log.warn({ model, reason: describeCause(error) }, 'a model that is to be kept could not be loaded');
    } finally {
      gate.release(ticket);
      this.#busy.delete(model);
      onChanged();
    }
  }
}
