import type { AppError } from '@ollama-coordinator/common';
import type { DownloadProgress } from '../install/download-progress.js';

export type SetupPhase = 'looking' | 'downloading' | 'verifying' | 'unpacking' | 'starting' | 'pulling' | 'ready' | 'failed';

/** How the agent's care for Ollama stands, for people. */
export interface SetupState {
  readonly phase: SetupPhase;
  /** Of the download or pull that is under way. */
  readonly progress: DownloadProgress | undefined;
  /** Why the last try failed, and what helps. */
  readonly problem: AppError | undefined;
}
