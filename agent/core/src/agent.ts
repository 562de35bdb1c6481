import {
  type AgentConfig,
  type AppError,
  type Clock,
  type Logger,
  type OllamaSetup,
  type Random,
  startTracing,
  systemClock,
  systemRandom,
} from '@ollama-coordinator/common';
import type { AgentReport } from './agent-report.js';
import { loadIdentity } from './identity.js';
import { machineName } from './machine-name.js';
import type { MetricsSource } from './metrics-sampler.js';
import type { RunnerLimits } from './ollama/runner-limits.js';
import type { MachineSignals } from './owner/machine-signals.js';
import { writeOwnerChoice } from './owner/owner-choice.js';
import { RunningAgent } from './running-agent.js';
import { agentVersion } from './version.js';

export interface AgentDeps {
  readonly config: AgentConfig;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Where CPU, memory and GPU figures come from. Default: this machine, or nothing where Ollama is on another one. */
  readonly metricsSource?: MetricsSource;
  /** Whether the machine runs on battery, and how its graphics cards are used. Default: this machine. */
  readonly machineSignals?: MachineSignals;
  /** How far the set-up of Ollama beside this agent is, for its heartbeats; undefined where none is under way. Default: none. */
  readonly readSetup?: () => OllamaSetup | undefined;
  /** How much Ollama takes at once. Default: read from its environment; see readRunnerLimits(). */
  readonly readLimits?: () => Promise<RunnerLimits>;
  /** How long stop() waits for answers that are under way. */
  readonly graceMs?: number;
  /** Called after each registration. */
  readonly onRegistered?: (report: AgentReport) => void;
  /** A newer start of this agent took over: this one serves no more and is to be stopped. */
  readonly onSuperseded?: (error: AppError) => void;
}

export interface Agent {
  /**
   * Listens, looks at Ollama once and begins to register; resolves then, registered or not. Throws PORT_IN_USE and
   * BAD_CONFIG.
   */
  start(): Promise<void>;
  /** Leaves: refuses what is sent to it, finishes what runs within the grace, tells the coordinator, closes everything. */
  stop(graceMs?: number): Promise<void>;
  status(): AgentReport;
  /**
   * Its owner wants the machine back: nothing more is taken, what runs is finished, the models leave the memory. `untilMs`: when it
   * comes back by itself, milliseconds since 1970; without, at resume(). Kept over restarts. Throws BAD_CONFIG where that cannot be kept.
   */
  pause(untilMs?: number): Promise<void>;
  /** Serves, also against schedule, battery and graphics card: until then, or until these have nothing against it any more. */
  resume(untilMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 10_000;

/** The agent in front of one Ollama. Several may run in one process; nothing of it is global. */
export function createAgent(deps: AgentDeps): Agent {
  const { config, log, clock = systemClock, random = systemRandom, graceMs = DEFAULT_GRACE_MS } = deps;
  let running: RunningAgent | undefined;
  const choose = async (choice: 'pause' | 'serve', untilMs: number | undefined) => {
    await writeOwnerChoice(config, { choice, untilMs });
    await running?.lookAtOwner();
  };
  return {
    async start() {
      if (running) return;
      const { dataDir, ollamaUrl } = config;
      const identity = await loadIdentity({ dataDir, ollamaUrl, machineName: machineName(config), nowMs: clock.now() });
      const agentLog = log.child({ agent: identity.agentId });
      const service = { name: 'ollama-agent', version: agentVersion(), instance: machineName(config) };
      const tracing = await startTracing({ endpoint: config.otlpEndpoint, service, log: agentLog });
      running = new RunningAgent({ ...deps, config, identity, log: agentLog, clock, random, graceMs, tracing });
      try {
        await running.start();
      } catch (error) {
        const failed = running;
        running = undefined;
        await failed.stop();
        throw error;
      }
    },
    async stop(grace) {
      const stopping = running;
      running = undefined;
      await stopping?.stop(grace);
    },
    pause: (untilMs) => choose('pause', untilMs),
    resume: (untilMs) => choose('serve', untilMs),
    status: () => running?.report() ?? { phase: 'stopped', coordinatorUrl: config.coordinatorUrl, ollamaUrl: config.ollamaUrl },
  };
}
