import { type Clock, describeCause, type Logger, type Timer } from '@ollama-coordinator/common';
import type { Updater } from './electron-parts.js';

const CHECK_EVERY_MS = 6 * 3_600_000;

export type UpdateState =
  /** This copy was not installed: nobody updates it. */
  | { readonly phase: 'off' }
  | { readonly phase: 'looking' }
  | { readonly phase: 'newest' }
  | { readonly phase: 'downloading'; readonly version: string; readonly percent: number }
  | { readonly phase: 'ready'; readonly version: string }
  | { readonly phase: 'failed'; readonly problem: string };

export interface AutoUpdateDeps {
  readonly updater: Updater;
  readonly isPackaged: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: () => void;
}

export interface AutoUpdate {
  readonly state: UpdateState;
  check(): Promise<void>;
  /** Ends the program, installs, starts the new one. Only where one is ready. */
  install(): void;
  stop(): void;
}

/** Looks for a newer release at the start and every six hours, brings it, and installs it when the program ends or the owner says so. */
export function setupAutoUpdate({ updater, isPackaged, clock, log, onChange }: AutoUpdateDeps): AutoUpdate {
  let state: UpdateState = { phase: 'off' };
  let timer: Timer | undefined;
  let version = '';
  const become = (next: UpdateState) => {
    state = next;
    onChange();
  };
  const failed = (error: unknown) => {
    log.warn({ err: error }, 'the program could not look for a newer version of itself');
    become({ phase: 'failed', problem: describeCause(error).split('\n')[0] ?? '' });
  };
  const check = async () => {
    if (!isPackaged || state.phase === 'ready' || state.phase === 'downloading') return;
    await updater.checkForUpdates().catch(failed);
  };
  const checkAndWait = () => {
    void check();
    timer = clock.setTimeout(checkAndWait, CHECK_EVERY_MS);
  };

  if (isPackaged) {
    updater.autoDownload = true;
    updater.autoInstallOnAppQuit = true;
    updater.allowDowngrade = false;
    updater.allowPrerelease = false;
    updater.on('checking-for-update', () => become({ phase: 'looking' }));
    updater.on('update-not-available', () => become({ phase: 'newest' }));
    updater.on('update-available', (found) => {
      version = found.version;
      become({ phase: 'downloading', version, percent: 0 });
    });
    updater.on('download-progress', ({ percent }) => become({ phase: 'downloading', version, percent: Math.floor(percent) }));
    updater.on('update-downloaded', (found) => become({ phase: 'ready', version: found.version }));
    updater.on('error', failed);
    checkAndWait();
  }
  return {
    get state() {
      return state;
    },
    check,
    install() {
      if (state.phase === 'ready') updater.quitAndInstall();
    },
    stop: () => timer?.cancel(),
  };
}
