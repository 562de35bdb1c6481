import { Agent as HttpAgent } from 'node:http';
import type { Credentials } from '../credentials/open-credentials.js';
import { createAskAgent } from '../fleet/ask-agent.js';
import { guardConnections } from '../reach/guard-connections.js';
import type { Registry } from '../registry/create-registry.js';
import type { Store } from '../store/open-store.js';
import type { PartContext } from '../wiring/part-context.js';
import { createJobs, type Jobs } from './create-jobs.js';
import { createAgentTransfers } from './follow-transfer.js';
import { openJobQueue } from './job-queue.js';
import { createRunJob } from './run-job.js';
import { createRunners } from './runners/create-runners.js';
import { writeJobEvent } from './write-job-event.js';

export type RunningJobs = Jobs & {
  /** Those who follow are told, and what runs here goes on elsewhere. May be called twice. */
  stop(): Promise<void>;
};

/** The queue with this replica's worker, and the jobs as callers see them. */
export async function startJobs(
  context: Pick<PartContext, 'config' | 'replicaId' | 'clock' | 'random' | 'log' | 'addresses'>,
  { url: redisUrl, redis, keys }: Pick<Store, 'url' | 'redis' | 'keys'>,
  { tokens }: Pick<Credentials, 'tokens'>,
  registry: Pick<Registry, 'snapshot' | 'redisState'>,
): Promise<RunningJobs> {
  const { config, replicaId, clock, random, addresses } = context;
  const log = context.log.child({ part: 'jobs' });
  const agentToken = tokens.forAgent;
  const transfers = createAgentTransfers({ fleet: registry, agentToken, clock, addresses });
  const pool = guardConnections(new HttpAgent({ keepAlive: false }), addresses);
  const ask = createAskAgent({ pool, tokens, clock });
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
    replicaId,
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
    stop() {
      close();
      transfers.close();
      pool.destroy();
      stopped ??= queue.close();
      return stopped;
    },
  };
}
