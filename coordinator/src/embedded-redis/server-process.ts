import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError, type Clock } from '@ollama-coordinator/common';
import { probeServer, readServerPid, requestShutdown, type ServerState } from './probe-server.js';
import { processExists } from './process-exists.js';
import { makePrivateFolder } from './socket-path.js';

/** Reading a large append-only file takes seconds. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 10;

export interface ServerPlace {
  /** The server's own data folder. */
  readonly folder: string;
  readonly socketPath: string;
}

/**
 * Starts the server and resolves when it serves. It is detached: it outlives this process when that is killed, and is
 * adopted by the next start (ADR-0003). Throws REDIS_UNREACHABLE with the last line of the server's log.
 */
export async function launchServer(program: string, { folder, socketPath }: ServerPlace, clock: Clock): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  makePrivateFolder(socketPath);
  const logPath = join(folder, 'redis.log');
  const settings: readonly (readonly [string, string])[] = [
    ['port', '0'],
    ['unixsocket', socketPath],
    ['unixsocketperm', '700'],
    ['dir', folder],
    ['pidfile', join(folder, 'redis.pid')],
    ['logfile', logPath],
    ['loglevel', 'warning'],
    ['appendonly', 'yes'],
    ['appendfsync', 'everysec'],
    ['save', ''],
    ['maxmemory-policy', 'noeviction'],
  ];
  const child = spawn(
    program,
    settings.flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: 'ignore', detached: true },
  );
  let failure: string | undefined;
  child.once('error', (error) => {
    failure = error.message;
  });
  child.once('exit', () => {
    failure ??= lastLine(logPath);
  });
  child.unref();
  await waitUntilServing(socketPath, clock, () => failure);
}

/** Resolves when the server serves; throws REDIS_UNREACHABLE when it ends, or says nothing for too long. */
export async function waitUntilServing(
  socketPath: string,
  clock: Clock,
  failed: () => string | undefined = () => undefined,
): Promise<void> {
  const deadline = clock.monotonic() + START_LIMIT_MS;
  let state: ServerState = 'gone';
  while (state !== 'up') {
    const cause = failed() ?? (clock.monotonic() > deadline ? `it is ${state} after ${START_LIMIT_MS / 1000} s` : undefined);
    if (cause !== undefined) throw new AppError('REDIS_UNREACHABLE', { details: { url: `unix://${socketPath}`, cause } });
    await pause(LOOK_EVERY_MS);
    state = await probeServer(socketPath);
  }
}

/** Ends the server, its data written out; one that does not obey is killed (its append-only file is at most a second behind). */
export async function stopServer(socketPath: string, clock: Clock): Promise<void> {
  const pid = await readServerPid(socketPath);
  await requestShutdown(socketPath, STOP_LIMIT_MS);
  const deadline = clock.monotonic() + STOP_LIMIT_MS;
  while ((await probeServer(socketPath)) !== 'gone' || (pid !== undefined && processExists(pid))) {
    if (clock.monotonic() > deadline) {
      if (pid !== undefined && processExists(pid)) process.kill(pid, 'SIGKILL');
      return;
    }
    await pause(LOOK_EVERY_MS);
  }
}

function lastLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').pop() || 'it ended at once';
  } catch {
    return 'it ended at once';
  }
}
