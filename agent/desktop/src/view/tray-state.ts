import type { AgentReport, SetupState } from '@ollama-coordinator/agent';

/** What the icon shows. */
export const TRAY_STATES = ['idle', 'serving', 'paused', 'offline', 'error'] as const;
export type TrayState = (typeof TRAY_STATES)[number];

/** What went wrong, as an AppError tells it. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** What is known of the agent. */
export interface AgentFacts {
  readonly report: AgentReport;
  readonly setup: SetupState | undefined;
  /** Why the agent could not start. */
  readonly startProblem: Problem | undefined;
}

/** A coordinator that is away comes back by itself; what else is said against this machine needs somebody. */
const PASSING = new Set<string>(['COORDINATOR_UNREACHABLE', 'REGISTRY_UNAVAILABLE', 'JOIN_UNAVAILABLE', 'SHUTTING_DOWN']);

/** One word for all that is known. Pure. */
export function trayState({ report, setup, startProblem }: AgentFacts): TrayState {
  if (startProblem !== undefined || report.phase === 'superseded') return 'error';
  if (report.phase !== 'registered') return report.problem === undefined || PASSING.has(report.problem.code) ? 'offline' : 'error';
  if (report.pause !== undefined) return 'paused';
  if (report.waiting) return 'offline';
  if (report.ollama?.up === false) return isUnderWay(setup) ? 'offline' : 'error';
  return (report.inFlight ?? 0) > 0 ? 'serving' : 'idle';
}

/** Whether an Ollama is being brought or started. Pure. */
export function isUnderWay(setup: SetupState | undefined): boolean {
  return setup !== undefined && setup.phase !== 'ready' && setup.phase !== 'failed' && setup.problem === undefined;
}
