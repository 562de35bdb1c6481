import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';
import { findFreePort } from './find-free-port.js';
import { type RunningProgram, startProgram } from './start-program.js';

const run = promisify(execFile);
const NODES = 6;
/** A node's bus listens this much above its port, so ports must lie below 65536 minus it. */
const BUS_OFFSET = 10_000;

export interface RedisCluster {
  /** As `redis+cluster://127.0.0.1:7000,127.0.0.1:7001`: two of the masters. */
  readonly url: string;
  readonly ports: readonly number[];
  close(): Promise<void>;
}

/** Three masters with one replica each, of the Redis on PATH. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-cluster-'));
  const nodes: RunningProgram[] = [];
  const ports: number[] = [];
  const close = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    while (ports.length < NODES) {
      const port = await findFreePort();
      if (port + BUS_OFFSET < 65_536 && !ports.includes(port)) ports.push(port);
    }
    nodes.push(...(await Promise.all(ports.map((port) => startNode(folder, port)))));
    const addresses = ports.map((port) => `127.0.0.1:${port}`);
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes']);
    await eventually(() => Promise.all(ports.map(isWhole)).then((whole) => whole.every(Boolean)), { withinMs: 15_000, everyMs: 100 });
    return { url: `redis+cluster://${addresses.slice(0, 2).join(',')}`, ports, close };
  } catch (failure) {
    await close();
    throw failure;
  }
}

function startNode(folder: string, port: number): Promise<RunningProgram> {
  const name = `node-${port}`;
  const settings = {
    port,
    bind: '127.0.0.1',
    'cluster-enabled': 'yes',
    'cluster-config-file': join(folder, `${name}.conf`),
    dir: folder,
    save: '',
  };
  return startProgram({
    name,
    command: 'redis-server',
    args: Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]),
    outputFile: join(folder, `${name}.log`),
    isReady: async () => (await run('redis-cli', ['-p', String(port), 'ping'])).stdout.includes('PONG'),
  });
}

async function isWhole(port: number): Promise<boolean> {
  return (await run('redis-cli', ['-p', String(port), 'cluster', 'info'])).stdout.includes('cluster_state:ok');
}
