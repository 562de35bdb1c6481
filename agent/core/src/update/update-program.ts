import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { AppError, describeCause, type Logger } from '@ollama-coordinator/common';
import { createProxyClient } from '../ollama/install/proxy-client.js';
import { retryDownload } from '../ollama/install/retry-download.js';
import { compareVersions } from '../ollama/run/compare-versions.js';
import { type BringDeps, bringProgram } from './bring-program.js';
import { fetchFeed } from './fetch-feed.js';
import type { FeedTrust } from './read-feed.js';
import { swapProgram } from './swap-program.js';

export interface UpdateDeps extends Omit<BringDeps, 'client'> {
  readonly trust: FeedTrust;
  /** The version that runs. */
  readonly version: string;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A version that failed before, and is not to be tried again by itself. */
  readonly skip?: string | undefined;
  /** The agent of this process, if there is one. */
  readonly agent?: {
    /** Takes nothing more, finishes what runs, leaves. */
    stop(): Promise<void>;
    start(): Promise<void>;
    /** Starts the program in its place; resolves when it serves. Throws UPDATE_BROKEN. */
    prove(version: string): Promise<ChildProcess>;
  };
}

export interface Update {
  /** Undefined: what runs is the newest. */
  readonly version: string | undefined;
  /** The new program, serving. */
  readonly child?: ChildProcess;
}

/**
 * Looks for a newer release; brings it, drains the agent, puts the program in its place, and has it prove that it serves. Where it does not, the former one
 * is put back, and serves again. Throws what went wrong; then everything is as it was.
 */
export async function updateProgram(deps: UpdateDeps): Promise<Update> {
  const { trust, version: current, agent, program, log, skip } = deps;
  const client = createProxyClient(deps.env);
  try {
    const release = await retryDownload(() => fetchFeed(trust, client, deps.signal), deps);
    if (compareVersions(release.version, current) <= 0 || release.version === skip) return { version: undefined };
    const next = await bringProgram(release, { ...deps, client });
    log.info({ from: current, to: release.version }, 'the agent updates itself: it takes nothing more, and finishes what runs');
    await agent?.stop();
    let undo: (() => Promise<void>) | undefined;
    try {
      undo = await swapProgram(program, next);
      const child = await agent?.prove(release.version);
      return { version: release.version, ...(child && { child }) };
    } catch (error) {
      await undo?.();
      await rm(next, { force: true });
      await agent?.start();
      if (error instanceof AppError) throw error;
      throw new AppError('UPDATE_BROKEN', { details: { version: release.version, cause: describeCause(error) }, cause: error });
    }
  } finally {
    await client.close();
  }
}
