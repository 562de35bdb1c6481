import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './find-free-port.js';
import { findOnPath } from './find-on-path.js';

/** A real Redis of one test file: its own process, port and folder, with an append-only file so that a killed one keeps its data. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Of the running process; another one after `restart()`. */
  readonly pid: number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder, after stopping what runs; resolves when it answers. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Stops it and removes its folder. */
  close(): Promise<void>;
}

const STARTS = 3;

/** Throws, naming the install script, where neither redis-server nor valkey-server is on PATH. */
export async function startRedis(): Promise<TestRedis> {
  const program = findOnPath('redis-server', 'valkey-server');
  if (program === undefined)
    throw new Error('these tests need redis-server or valkey-server on PATH; test/support/install/install-redis.sh installs it');
  const folder = await mkdtemp(join(tmpdir(), 'oc-redis-'));
  let failure: unknown;
  for (let start = 0; start < STARTS; start += 1) {
    const port = await findFreePort();
    try {
      return controlRedis({ program, folder, port, child: await launch(program, folder, port) });
    } catch (error) {
      failure = error;
    }
  }
  await rm(folder, { recursive: true, force: true });
  throw failure;
}

interface RunningRedis {
  readonly program: string;
  readonly folder: string;
  readonly port: number;
  readonly child: ChildProcess;
}

function controlRedis({ program, folder, port, child }: RunningRedis): TestRedis {
  let running = child;
  const killAtExit = () => running.kill('SIGKILL');
  process.once('exit', killAtExit);

  async function kill(): Promise<void> {
    if (running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return running.pid ?? 0;
    },
    kill,
    async restart() {
      await kill();
      running = await launch(program, folder, port);
    },
    pause: () => void running.kill('SIGSTOP'),
    resume: () => void running.kill('SIGCONT'),
    async close() {
      process.off('exit', killAtExit);
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(program: string, folder: string, port: number): Promise<ChildProcess> {
  const settings = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--save',
    '',
  ];
  const child = spawn(program, settings, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-2000);
  });
  const deadline = performance.now() + 10_000;
  while (!(await answersPing(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${program} did not start on port ${port}:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return child;
}

/** False while nothing listens, and while the append-only file is being loaded. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    socket.setTimeout(1000, () => socket.destroy());
    socket.once('data', (reply) => {
      resolve(reply.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
