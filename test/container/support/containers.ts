import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../../support/repository.js';

const run = promisify(execFile);
/** Images and containers of these tests, apart from those of the machine. */
const STORE = join(REPOSITORY, '.data', 'containers');
const BASE = 'localhost/base:test';
const OPTIONS = {
  maxBuffer: 64 * 1024 * 1024,
  cwd: REPOSITORY,
  env: { ...process.env, CONTAINERS_STORAGE_CONF: join(STORE, 'storage.conf') },
};
/** As Kubernetes runs them: a read-only root, no capabilities; on this machine's network, since tests have no other. */
const HARDENED = ['--network=host', '--read-only', '--cap-drop=all', '--tmpfs=/tmp'];
/** A sandbox may not raise limits, and podman would. */
const LIMITS = ['--ulimit=nofile=1024:1024', '--ulimit=nproc=1000:1000'];

export type Program = 'coordinator' | 'agent';

/** Builds the base image and both programs' images on it. */
export async function buildImages(): Promise<void> {
  mkdirSync(STORE, { recursive: true });
  await useDriver('overlay').catch(() => useDriver('vfs'));
  await run('bash', [join(REPOSITORY, 'test', 'container', 'support', 'make-base.sh'), BASE], OPTIONS);
  for (const program of ['coordinator', 'agent']) {
    const build = [
      'bud',
      '--isolation=chroot',
      '--layers',
      `--build-arg=BASE=${BASE}`,
      `--target=${program}`,
      `--tag=${imageOf(program)}`,
      '.',
    ];
    await run('buildah', build, OPTIONS);
  }
}

/** overlay is quick, but does not work on every file system; vfs copies everything, everywhere. */
async function useDriver(driver: string): Promise<void> {
  const [graph, runtime] = ['graph', 'run'].map((folder) => JSON.stringify(join(STORE, driver, folder)));
  writeFileSync(join(STORE, 'storage.conf'), `[storage]\ndriver = "${driver}"\ngraphroot = ${graph}\nrunroot = ${runtime}\n`);
  await run('podman', ['info'], OPTIONS);
}

export async function removeEverything(): Promise<void> {
  await run('podman', ['rm', '--all', '--force', '--time=0', '--volumes'], OPTIONS);
  await run('podman', ['rmi', '--all', '--force'], OPTIONS);
}

/** Bytes of a program's image above the base. */
export async function bytesAboveBase(program: Program): Promise<number> {
  const { stdout } = await run('podman', ['images', '--format', 'json'], OPTIONS);
  const images = JSON.parse(stdout) as { Names?: string[]; Size: number }[];
  const sizeOf = (name: string) => images.find(({ Names = [] }) => Names.includes(name))?.Size ?? Number.NaN;
  return sizeOf(imageOf(program)) - sizeOf(BASE);
}

export interface Container {
  /** What it printed so far. */
  logs(): Promise<string>;
  /** Runs a command in it and resolves with what that prints. */
  exec(...command: string[]): Promise<string>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number>;
  /** Waits until it ends by itself; resolves with its exit code. One that ends while it is removed is more than podman can do. */
  end(): Promise<number>;
}

/** Starts a program's image with this environment. */
export async function startContainer(program: Program, env: Record<string, string>): Promise<Container> {
  const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
  const { stdout } = await run(
    'podman',
    ['--runtime=runc', 'run', '--detach', ...HARDENED, ...LIMITS, ...variables, imageOf(program)],
    OPTIONS,
  );
  const id = stdout.trim();
  async function end(): Promise<number> {
    const { stdout: code } = await run('podman', ['wait', id], OPTIONS);
    await run('podman', ['rm', '--force', id], OPTIONS);
    return Number(code);
  }
  return {
    logs: async () => {
      const { stdout: out, stderr } = await run('podman', ['logs', id], OPTIONS);
      return out + stderr;
    },
    exec: async (...command) => (await run('podman', ['--runtime=runc', 'exec', id, ...command], OPTIONS)).stdout,
    stop: async () => {
      await run('podman', ['stop', '--time=30', id], OPTIONS);
      return end();
    },
    end,
  };
}

function imageOf(program: string): string {
  return `localhost/ollama-${program}:test`;
}
