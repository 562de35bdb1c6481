import {
  type AgentConfig,
  type Clock,
  type Logger,
  type Pause,
  parseSchedule,
  type ScheduleWindow,
  type Timer,
} from '@ollama-coordinator/common';
import { hostOf, isThisMachine } from '../http/local-address.js';
import { decidePause, type PauseFacts, policyPause } from './decide-pause.js';
import { describePause, type PauseCause } from './describe-pause.js';
import { isUsedByOthers, type OwnUse } from './gpu-use.js';
import type { MachineSignals } from './machine-signals.js';
import { clearOwnerChoice, type OwnerChoice, ownerChoiceStamp, readOwnerChoice } from './owner-choice.js';
import { scheduleAt } from './schedule-at.js';

export interface OwnerWatchDeps {
  readonly config: Pick<AgentConfig, 'dataDir' | 'ollamaUrl' | 'coordinatorUrl' | 'schedule' | 'onBattery' | 'gpuBusy'>;
  readonly signals: MachineSignals;
  /** What Ollama has of the graphics cards. */
  readonly readOwnUse: () => OwnUse;
  readonly clock: Clock;
  readonly log: Logger;
  /** The agent is to rest from now on, for another reason, or no more. */
  readonly onChange: (pause: Pause | undefined) => void;
}

const LOOK_EVERY_MS = 1000;
/** A laptop whose plug is pulled lasts longer than this. */
const BATTERY_EVERY_MS = 30_000;
/** Asking starts a program. Two looks in a row decide, so that a short peak does not. */
const GPU_EVERY_MS = 15_000;

/** Watches what the owner of this machine said, and what the settings have the agent yield to. Judges a machine only where Ollama is on it. */
export class OwnerWatch {
  readonly #deps: OwnerWatchDeps;
  readonly #windows: readonly ScheduleWindow[] | undefined;
  readonly #isHere: boolean;
  readonly #looksAtBattery: boolean;
  #choice: OwnerChoice | undefined;
  #stamp = '';
  #hasBattery = true;
  #onBattery = false;
  #gpuBusy = false;
  #gpuBusyBefore = false;
  #dueMs = { battery: 0, gpu: 0 };
  #cause: PauseCause | undefined;
  #pause: Pause | undefined;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(deps: OwnerWatchDeps) {
    const { schedule, onBattery, ollamaUrl, coordinatorUrl } = deps.config;
    this.#deps = deps;
    this.#windows = schedule === undefined ? undefined : parseSchedule(schedule);
    this.#isHere = isThisMachine(hostOf(ollamaUrl));
    this.#looksAtBattery = onBattery === 'pause' || (onBattery === 'auto' && !isThisMachine(hostOf(coordinatorUrl)));
  }

  get pause(): Pause | undefined {
    return this.#pause;
  }

  /** Resolves when the first look is done, so that an agent that is to rest never says that it is ready. */
  async start(): Promise<void> {
    this.#timer = this.#deps.clock.setInterval(() => void this.look(), LOOK_EVERY_MS);
    await this.look();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Something was said a moment ago: resolves when that is in force. */
  async lookAgain(): Promise<void> {
    await this.#looking;
    await this.look();
  }

  /** Looks now, or waits for the look that is under way. Never throws. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { clock, config, log } = this.#deps;
    try {
      await Promise.all([this.#readChoice(), this.#lookAtBattery(), this.#lookAtGpu()]);
      const nowMs = clock.now();
      const facts = this.#facts(nowMs);
      // "Serve all the same" without an end is over with what it was said against.
      if (this.#choice?.choice === 'serve' && this.#choice.untilMs === undefined && policyPause(facts) === undefined) {
        this.#choice = undefined;
        await clearOwnerChoice(config);
      }
      this.#settle(decidePause(this.#choice, facts), nowMs);
    } catch (error) {
      log.debug({ err: error }, 'what the owner wants could not be read');
    }
  }

  async #readChoice(): Promise<void> {
    const { config, clock } = this.#deps;
    const stamp = await ownerChoiceStamp(config);
    if (stamp !== this.#stamp) this.#choice = await readOwnerChoice(config, clock.now());
    this.#stamp = stamp;
    if ((this.#choice?.untilMs ?? Number.POSITIVE_INFINITY) <= clock.now()) this.#choice = undefined;
  }

  async #lookAtBattery(): Promise<void> {
    const { clock, signals, log } = this.#deps;
    if (!this.#isHere || !this.#looksAtBattery || !this.#hasBattery || clock.monotonic() < this.#dueMs.battery) return;
    this.#dueMs.battery = clock.monotonic() + BATTERY_EVERY_MS;
    try {
      const onBattery = await signals.onBattery();
      this.#hasBattery = onBattery !== undefined;
      this.#onBattery = onBattery ?? false;
    } catch (error) {
      log.debug({ err: error }, 'whether the machine runs on battery could not be read');
    }
  }

  async #lookAtGpu(): Promise<void> {
    const { clock, config, signals, readOwnUse, log } = this.#deps;
    if (!this.#isHere || config.gpuBusy !== 'pause' || clock.monotonic() < this.#dueMs.gpu) return;
    this.#dueMs.gpu = clock.monotonic() + GPU_EVERY_MS;
    try {
      const before = readOwnUse().requests;
      const cards = await signals.gpuUse();
      const own = readOwnUse();
      const isBusy = isUsedByOthers(cards, { ...own, requests: before + own.requests });
      if (isBusy === this.#gpuBusyBefore) this.#gpuBusy = isBusy;
      this.#gpuBusyBefore = isBusy;
    } catch (error) {
      log.debug({ err: error }, 'how the graphics cards are used could not be read');
    }
  }

  #facts(nowMs: number): PauseFacts {
    const schedule = this.#windows === undefined ? { isOpen: true, opensMs: undefined } : scheduleAt(this.#windows, nowMs);
    return { schedule, onBattery: this.#onBattery, gpuBusy: this.#gpuBusy };
  }

  #settle(cause: PauseCause | undefined, nowMs: number): void {
    if (this.#stopped || (cause?.by === this.#cause?.by && cause?.untilMs === this.#cause?.untilMs)) return;
    this.#cause = cause;
    this.#pause = cause === undefined ? undefined : describePause(cause, nowMs);
    this.#deps.onChange(this.#pause);
  }
}
