import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.js';
import { findFreePort } from '../../support/find-free-port.js';
import { type RunningProgram, startProgram } from '../../support/start-program.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';

/** A master with two copies, watched by three sentinels. */
export interface Sentinels {
  /** For COORDINATOR_REDIS_URL. */
  readonly url: string;
  killMaster(): Promise<void>;
  close(): Promise<void>;
}

const NAME = 'fleet';

export async function startSentinels({ downAfterMs }: { readonly downAfterMs: number }): Promise<Sentinels> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-sentinels-'));
  const [master, ...copies] = (await Promise.all([startRedis(), startRedis(), startRedis()])) as [TestRedis, TestRedis, TestRedis];
  for (const copy of copies) await withClient(copy.port, (client) => client.call('REPLICAOF', '127.0.0.1', String(master.port)));
  const sentinels: { readonly port: number; readonly program: RunningProgram }[] = [];
  for (let index = 0; index < 3; index += 1) sentinels.push(await startSentinel({ folder, masterPort: master.port, downAfterMs }));
  // A failover before everyone knows everyone finds nobody to promote.
  for (const { port } of sentinels) {
    await eventually(
      () =>
        withClient(port, async (client) => {
          const fields = (await client.call('SENTINEL', 'MASTER', NAME)) as string[];
          const field = (name: string) => Number(fields[fields.indexOf(name) + 1]);
          return field('num-slaves') === 2 && field('num-other-sentinels') === 2;
        }),
      { withinMs: 30_000, everyMs: 100 },
    );
  }
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    killMaster: () => master.kill(),
    async close() {
      await Promise.all(sentinels.map(({ program }) => program.stop(1000)));
      await Promise.all([master, ...copies].map((redis) => redis.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startSentinel({ folder, masterPort, downAfterMs }: { folder: string; masterPort: number; downAfterMs: number }) {
  const port = await findFreePort();
  const file = join(folder, `${port}.conf`);
  await writeFile(
    file,
    `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2
sentinel down-after-milliseconds ${NAME} ${downAfterMs}
sentinel failover-timeout ${NAME} 10000
sentinel parallel-syncs ${NAME} 2
`,
  );
  const program = await startProgram({
    name: 'redis-sentinel',
    command: 'redis-sentinel',
    args: [file],
    outputFile: join(folder, `${port}.out`),
    isReady: () => withClient(port, async (client) => (await client.ping()) === 'PONG'),
  });
  return { port, program };
}

async function withClient<T>(port: number, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: 1, retryStrategy: () => null, lazyConnect: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.disconnect();
  }
}
