import { AppError, describeCause, type HealthCheckRequest, type Logger } from '@ollama-coordinator/common';
import { connectRedis, redactRedisUrl, redisKeys } from '@ollama-coordinator/common/redis';

/** Heartbeats kept in an agent's own stream; the coordinators read them within seconds. */
const STREAM_LENGTH = 100;

export interface RedisPublisher {
  /** Sets the agent's sign of life for `ttlMs` and appends to its stream. Throws REDIS_UNREACHABLE. */
  publish(body: HealthCheckRequest, ttlMs: number): Promise<void>;
  /** Takes the sign of life away: the agent leaves. */
  withdraw(): Promise<void>;
  close(): void;
}

export interface RedisPublisherOptions {
  readonly url: string;
  readonly prefix: string;
  readonly agentId: string;
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** Writes heartbeats where the coordinators read them, using only the agent's own keys, which is all its ACL user may touch. */
export function createRedisPublisher({ url, prefix, agentId, timeoutMs, log }: RedisPublisherOptions): RedisPublisher {
  const redis = connectRedis({ url, role: `agent ${agentId}`, log, commandTimeoutMs: timeoutMs, mayNotAsk: true });
  const keys = redisKeys(prefix);
  redis.connect().catch((error: Error) => log.debug({ err: error }, 'redis is not there yet'));
  const unreachable = (cause: unknown) =>
    new AppError('REDIS_UNREACHABLE', { details: { url: redactRedisUrl(url), cause: describeCause(cause) }, cause });
  return {
    async publish(body, ttlMs) {
      const payload = JSON.stringify(body);
      try {
        const replies = await redis
          .pipeline()
          .set(keys.agentAlive(agentId), payload, 'PX', ttlMs)
          .xadd(keys.agentHeartbeats(agentId), 'MAXLEN', '~', STREAM_LENGTH, '*', 'data', payload)
          .exec();
        const failed = replies?.find(([error]) => error !== null)?.[0];
        if (failed) throw failed;
      } catch (cause) {
        throw unreachable(cause);
      }
    },
    async withdraw() {
      await redis.del(keys.agentAlive(agentId)).catch((cause: unknown) => {
        throw unreachable(cause);
      });
    },
    close: () => redis.disconnect(),
  };
}
