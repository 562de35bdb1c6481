import { silentLogger } from '@ollama-coordinator/common';
import { connectRedis, type Redis, waitUntilReady } from '@ollama-coordinator/common/redis';
import { startRedis } from './start-redis.js';

export interface ConnectedRedis {
  readonly url: string;
  readonly redis: Redis;
  /** The connection, then the server. */
  close(): Promise<void>;
}

/** A Redis of its own with a connection to it. */
export async function startConnectedRedis(): Promise<ConnectedRedis> {
  const server = await startRedis();
  const redis = connectRedis({ url: server.url, role: 'test', log: silentLogger });
  await waitUntilReady(redis, 3000);
  return {
    url: server.url,
    redis,
    async close() {
      redis.disconnect();
      await server.close();
    },
  };
}
