import {
  type Agent,
  type AgentReport,
  createAgent,
  createLocalOllama,
  joinFleet,
  type LocalOllama,
  reportSetup,
  visitCoordinator,
} from '@ollama-coordinator/agent';
import {
  type AgentConfig,
  AppError,
  agentConfigSchema,
  type Clock,
  describeCause,
  type Logger,
  parseJoinLink,
  type Random,
} from '@ollama-coordinator/common';
import type { AgentFacts, Problem } from '../view/tray-state.js';
import { demandAddress, type Env, keepTyped, type LoadedSettings, loadSettings, settingsFile } from './settings-file.js';
import type { SettingName, TypedSettings } from './typed-settings.js';

export interface DesktopAgentDeps {
  readonly env: Env;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

interface Running {
  readonly agent: Agent;
  readonly ollama: LocalOllama;
}

type Tell = (sentence: string) => void;

/**
 * The headless agent as a window needs it: it starts with the settings as they are, starts again when they change, and whatever keeps
 * it from starting is something to show and no end. Its acts wait for each other.
 */
export class DesktopAgent {
  readonly #deps: DesktopAgentDeps;
  #settings: LoadedSettings;
  #running: Running | undefined;
  #startProblem: Problem | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: DesktopAgentDeps) {
    this.#deps = deps;
    this.#settings = this.#load();
  }

  get settings(): LoadedSettings {
    return this.#settings;
  }

  facts(): AgentFacts {
    const { coordinatorUrl, ollamaUrl } = this.#settings.config;
    const report: AgentReport = this.#running?.agent.status() ?? { phase: 'stopped', coordinatorUrl, ollamaUrl };
    const setup = this.#running?.ollama.isOn ? this.#running.ollama.state : undefined;
    return { report, setup, startProblem: this.#startProblem };
  }

  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  async pause(untilMs: number | undefined): Promise<void> {
    await this.#running?.agent.pause(untilMs);
  }

  async resume(): Promise<void> {
    await this.#running?.agent.resume();
  }

  /** Resolves with a sentence for each field that is not right; then nothing has changed. Throws BAD_CONFIG. */
  save(typed: TypedSettings): Promise<Partial<Record<SettingName, string>> | undefined> {
    return this.#inTurn(async () => {
      const problems = keepTyped(this.#deps.env, typed);
      if (problems === undefined) await this.#restart();
      return problems;
    });
  }

  /** Tries both directions with a coordinator. The agent rests meanwhile: two of them would be in each other's way. */
  test(typedAddress: string, tell: Tell): Promise<readonly string[]> {
    const coordinatorUrl = demandAddress(typedAddress);
    return this.#meanwhile(tell, async (told) => {
      await visitCoordinator(this.#settings.config, { coordinatorUrl }, told);
    });
  }

  join(text: string, tell: Tell): Promise<readonly string[]> {
    const link = parseJoinLink(text);
    return this.#meanwhile(tell, async (told) => {
      await joinFleet(this.#settings.config, link, told, settingsFile(this.#deps.env));
    });
  }

  #meanwhile(tell: Tell, visit: (told: Tell) => Promise<void>): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const sentences: string[] = [];
      await this.#stop();
      try {
        await visit((sentence) => {
          sentences.push(sentence);
          tell(sentence);
        });
      } finally {
        await this.#restart();
      }
      return sentences;
    });
  }

  async #restart(): Promise<void> {
    await this.#stop();
    this.#settings = this.#load();
    await this.#start();
  }

  async #start(): Promise<void> {
    if (this.#running !== undefined || this.#startProblem?.code === 'BAD_CONFIG') return;
    const { log, clock, random } = this.#deps;
    const { config } = this.#settings;
    const ollama = createLocalOllama({ config, log, clock, random, onChange: () => undefined });
    const agent = createAgent({ config, log, clock, random, readSetup: () => reportSetup(ollama.state) });
    try {
      await agent.start();
      ollama.start();
      this.#running = { agent, ollama };
      this.#startProblem = undefined;
    } catch (error) {
      await ollama.stop();
      this.#startProblem = asProblem(error);
      log.error({ err: error }, 'the agent could not start');
    }
  }

  async #stop(): Promise<void> {
    const stopping = this.#running;
    this.#running = undefined;
    await stopping?.agent.stop();
    await stopping?.ollama.stop();
  }

  /** A damaged file is told, and the defaults stand in so that there is something to show. */
  #load(): LoadedSettings {
    this.#startProblem = undefined;
    try {
      return loadSettings(this.#deps.env);
    } catch (error) {
      this.#startProblem = asProblem(error);
      const config: AgentConfig = agentConfigSchema.parse({});
      return { config, fixed: {}, isFirstStart: false };
    }
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act, act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function asProblem(error: unknown): Problem {
  return error instanceof AppError ? error : { code: 'UNKNOWN', message: describeCause(error) };
}
