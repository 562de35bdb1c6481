import type { Clock, CoordinatorConfig, Logger, Random } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import type { Tokens } from '../credentials/tokens.js';
import type { Registry } from '../registry/create-registry.js';
import { createAskAgent } from './ask-agent.js';
import { createJobs, type Jobs } from './create-jobs.js';
import { createAgentTransfers } from './follow-transfer.js';
import { openJobQueue } from './job-queue.js';
import { createRunJob } from './run-job.js';
import { createRunners } from './runners/create-runners.js';
import { writeJobEvent } from './write-job-event.js';

export interface StartJobsDeps {
  readonly config: Pick<CoordinatorConfig, 'pullAgents' | 'jobRetryMs'>;
  readonly redisUrl: string;
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly registry: Pick<Registry, 'snapshot' | 'redisState'>;
  readonly tokens: Pick<Tokens, 'forAgent' | 'forCopy'>;
  readonly replicaId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** The queue with this replica's worker, and the jobs as callers see them. */
export async function startJobs(deps: StartJobsDeps): Promise<Jobs & { stop(): Promise<void> }> {
  const { config, redisUrl, redis, keys, registry, tokens, replicaId, clock, random, log } = deps;
  const agentToken = tokens.forAgent;
  const transfers = createAgentTransfers({ fleet: registry, agentToken, clock });
  const ask = createAskAgent({ agentToken });
  const tell = writeJobEvent({ redis, keys, replicaId, log });
  const run = createRunJob({
    runners: createRunners({ fleet: registry, transfers, ask, log, copyToken: tokens.forCopy }),
    transfers,
    cancelledBy: async (id) => (await redis.get(keys.jobCancelled(id))) ?? undefined,
    onStarted: (job) => tell('job_started', job),
    clock,
    log,
  });
  const queue = await openJobQueue({
    redisUrl,
    prefix: keys.bullPrefix,
    run,
    onEnded: (job) => tell('job_ended', job),
    retryMs: config.jobRetryMs,
    random,
    log,
  });
  const fleet = registry;
  const { redisState } = registry;
  const { close, ...jobs } = createJobs({ queue, redis, keys, fleet, redisState, pullAgents: config.pullAgents, clock, log });
  let stopped: Promise<void> | undefined;
  return {
    ...jobs,
    /** May be called twice. */
    stop() {
      close();
      transfers.close();
      stopped ??= queue.close();
      return stopped;
    },
  };
}
