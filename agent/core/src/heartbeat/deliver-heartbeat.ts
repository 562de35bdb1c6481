import { AppError, type HealthCheckRequest, type HealthCheckResponse, type Logger } from '@ollama-coordinator/common';
import type { CoordinatorClient } from '../coordinator/coordinator-client.js';
import type { DeliverHeartbeat } from './heartbeat.js';
import type { RedisPublisher } from './publish-to-redis.js';

/** Of the heartbeats that go to Redis every so many-th goes to the coordinator too, whose answer tells what it wants. */
const ASK_EVERY = 6;

export interface DeliveryDeps {
  readonly client: Pick<CoordinatorClient, 'heartbeat'>;
  /** Token and time to live of the registration in force. */
  readonly readRegistration: () => { readonly token: string; readonly ttlMs: number };
  readonly publisher: RedisPublisher | undefined;
  readonly readModels: () => NonNullable<HealthCheckRequest['models']>;
  readonly log: Logger;
}

/**
 * Heartbeats go to the coordinator, or straight to Redis where the agent was given its address; then to the coordinator
 * whenever Redis fails.
 */
export function createDelivery({ client, readRegistration, publisher, readModels, log }: DeliveryDeps): DeliverHeartbeat {
  const post = (body: HealthCheckRequest, timeoutMs: number): Promise<HealthCheckResponse> =>
    client.heartbeat(readRegistration().token, body, timeoutMs);
  if (!publisher) return post;
  let count = 0;
  let redisFailed = false;
  const publish = async (body: HealthCheckRequest): Promise<boolean> => {
    try {
      await publisher.publish(body, readRegistration().ttlMs);
      if (redisFailed) log.info('heartbeats go to Redis again');
      redisFailed = false;
    } catch (error) {
      if (!redisFailed) log.warn({ err: error }, 'heartbeats go to the coordinator while Redis does not answer');
      redisFailed = true;
    }
    return !redisFailed;
  };
  return async (body, timeoutMs) => {
    const ask = count % ASK_EVERY === 0;
    count += 1;
    // Whoever reads the keys from scratch finds the models in them at the latest with the next one of these.
    const published = await publish(ask ? { ...body, models: readModels() } : body);
    if (!published) return post(body, timeoutMs);
    return ask ? askCoordinator(() => post(body, timeoutMs)) : undefined;
  };
}

/** The heartbeat is in Redis already, so a coordinator that cannot be reached changes nothing. */
async function askCoordinator(post: () => Promise<HealthCheckResponse>): Promise<HealthCheckResponse | undefined> {
  try {
    return await post();
  } catch (error) {
    if (error instanceof AppError && error.code === 'COORDINATOR_UNREACHABLE') return undefined;
    throw error;
  }
}
