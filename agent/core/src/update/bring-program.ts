import { execFile } from 'node:child_process';
import { chmod, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, type Clock, describeCause, type Random } from '@ollama-coordinator/common';
import { downloadFile } from '../ollama/install/download-file.js';
import { createProgressMeter, type OnProgress } from '../ollama/install/download-progress.js';
import type { ProxyClient } from '../ollama/install/proxy-client.js';
import { retryDownload } from '../ollama/install/retry-download.js';
import { verifyChecksum } from '../ollama/install/verify-checksum.js';
import type { AgentRelease } from './read-feed.js';

export interface BringDeps {
  /** The program that runs now; the next one is put beside it. */
  readonly program: string;
  readonly client: ProxyClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

const PROBE_LIMIT_MS = 60_000;

/**
 * Downloads a release beside the program, verifies it, and has it say its version: what cannot even do that is never put in the place of what runs.
 * Throws UPDATE_NOT_POSSIBLE, UPDATE_BROKEN and the errors of a download; nothing is left then.
 */
export async function bringProgram(release: AgentRelease, deps: BringDeps): Promise<string> {
  const { program, client, clock, signal, onProgress } = deps;
  const { version, url, sha256 } = release;
  const file = `${program}.${version}`;
  await checkFolder(file);
  const meter = createProgressMeter({ what: `ollama-agent ${version}`, clock, onProgress });
  await retryDownload(() => downloadFile({ url, file, meter, client, clock, signal }), deps);
  await verifyChecksum(file, sha256);
  await chmod(file, 0o755);
  const said = await askVersion(file);
  if (said === version) return file;
  await rm(file, { force: true });
  throw new AppError('UPDATE_BROKEN', { details: { version, cause: `asked for its version it says "${said.slice(0, 200)}"` } });
}

async function checkFolder(file: string): Promise<void> {
  try {
    await (await open(file, 'a')).close();
  } catch (cause) {
    const reason = `${dirname(file)} cannot be written (${describeCause(cause)}); stop the service, update as who owns that folder, and start it again`;
    throw new AppError('UPDATE_NOT_POSSIBLE', { details: { reason }, cause });
  }
}

function askVersion(file: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(file, ['version'], { timeout: PROBE_LIMIT_MS, windowsHide: true }, (error, stdout, stderr) => {
      resolve(error === null ? stdout.trim() : `${stderr}`.trim() || error.message);
    });
  });
}
