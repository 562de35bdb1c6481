import type { AgentState, AppError, Pause } from '@ollama-coordinator/common';

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
