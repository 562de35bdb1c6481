import type { AgentConfig, AppError, Clock, Logger, OllamaSetup, Random, Tracing } from '@ollama-coordinator/common';
import type { AgentReport } from './agent-report.js';
import type { Identity } from './identity.js';
import type { MetricsSource } from './metrics-sampler.js';
import type { RunnerLimits } from './ollama/runner-limits.js';
import type { MachineSignals } from './owner/machine-signals.js';

/** What every part of one start of an agent is made with. */
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
