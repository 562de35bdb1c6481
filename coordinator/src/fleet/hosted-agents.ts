import { join } from 'node:path';
import { createAgent } from '@ollama-coordinator/agent';
import { agentConfigSchema, type Clock, type CoordinatorConfig, describeCause, type Logger } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { holdsLease } from '../store/lease.js';

/** How long a replica holds a hosted agent before it has to renew, and how often it renews. */
const LEASE_MS = 10_000;
const RENEW_MS = 3000;

export interface HostedAgentsOptions {
  readonly config: CoordinatorConfig;
  /** This coordinator's own address, as `http://127.0.0.1:8080`. */
  readonly coordinatorUrl: string;
  readonly joinToken: string;
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface HostedAgents {
  stop(): Promise<void>;
}

/**
 * Runs an agent inside this process for each Ollama that was given by URL. Of several replicas one holds the lease of each
 * and runs it; when that replica goes, another takes over.
 */
export function startHostedAgents(options: HostedAgentsOptions): HostedAgents {
  const { config, redis, keys, replicaId, clock, log } = options;
  const running = new Map<string, ReturnType<typeof createAgent>>();
  let stopped = false;

  const renew = async (name: string, ollamaUrl: string): Promise<void> => {
    const holds = await holdsLease(redis, keys.hostedAgent(name), replicaId, LEASE_MS).catch(() => running.has(name));
    if (stopped) return;
    const agent = running.get(name);
    if (holds && !agent) {
      const hosted = createAgent({ config: hostedConfig(name, ollamaUrl, options), log: log.child({ hosted_agent: name }) });
      running.set(name, hosted);
      await hosted.start().catch((failure: unknown) => {
        running.delete(name);
        throw failure;
      });
    } else if (!holds && agent) {
      running.delete(name);
      await agent.stop();
    }
  };

  const renewAll = () => {
    for (const [name, url] of Object.entries(config.ollamaUrls)) {
      renew(name, url).catch((failure: unknown) =>
        log.warn({ hosted_agent: name, reason: describeCause(failure) }, 'hosted agent did not start'),
      );
    }
  };
  renewAll();
  const timer = clock.setInterval(renewAll, RENEW_MS);

  return {
    stop: async () => {
      stopped = true;
      timer.cancel();
      await Promise.all([...running.values()].map((agent) => agent.stop()));
      await Promise.all([...running.keys()].map((name) => redis.del(keys.hostedAgent(name)).catch(() => 0)));
    },
  };
}

function hostedConfig(name: string, ollamaUrl: string, { config, coordinatorUrl, joinToken }: HostedAgentsOptions) {
  return agentConfigSchema.parse({
    coordinatorUrl,
    ollamaUrl,
    name,
    port: 0,
    host: config.advertise === undefined ? '127.0.0.1' : '0.0.0.0',
    ...(config.advertise === undefined ? {} : { advertise: new URL(config.advertise).hostname }),
    joinToken,
    ...(config.tlsCert === undefined ? {} : { tlsCa: config.tlsCert }),
    dataDir: join(config.dataDir, 'hosted', name),
    logLevel: config.logLevel,
    ...(config.otlpEndpoint === undefined ? {} : { otlpEndpoint: config.otlpEndpoint }),
  });
}
