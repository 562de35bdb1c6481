import { randomBytes } from 'node:crypto';
import { AppError, type Job, type JobRequest } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import type { FleetView } from '../registry/fleet-snapshot.js';
import { createJobFollowers, type JobFollowers } from './follow-job.js';
import { createInRedis, type InRedisDeps } from './in-redis.js';
import type { JobQueue } from './job-queue.js';
import { planJob } from './plan-job.js';
import { isFinal, type StoredJob, toJob } from './stored-job.js';

export interface JobsDeps extends InRedisDeps {
  readonly queue: JobQueue;
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly fleet: Pick<FleetView, 'snapshot'>;
  /** How many agents get a model that none has, where the caller does not say. */
  readonly pullAgents: number;
}

export interface AddOptions {
  readonly caller: string;
  /** `x-coordinator-agents`, where it was sent. */
  readonly agentsHeader?: string | undefined;
}

/** Jobs as callers see them, on every replica. All throw JOBS_UNAVAILABLE while Redis is away. */
export interface Jobs extends Pick<JobFollowers, 'follow'> {
  /** Makes a job, or finds the one that does the same. Throws what chooseAgents() throws, and BAD_REQUEST. */
  add(request: JobRequest, options: AddOptions): Promise<Job>;
  /** Throws UNKNOWN_JOB. */
  get(id: string): Promise<Job>;
  list(limit: number): Promise<readonly Job[]>;
  /** Throws UNKNOWN_JOB. A job that has ended stays as it is. */
  cancel(id: string, by: string): Promise<Job>;
  /** A request follows the job from now on. */
  joined(id: string, requestId: string): Promise<void>;
  /** Whether no other request follows the job, or ever has. */
  isAlone(id: string): Promise<boolean>;
}

const REMEMBER_S = 7 * 24 * 3600;
const MOST_LISTED = 1000;

export function createJobs(deps: JobsDeps): Jobs & { close(): void } {
  const { queue, redis, keys, clock, log } = deps;

  const inRedis = createInRedis(deps);
  const read = async (id: string): Promise<StoredJob> => {
    const job = await inRedis(() => queue.get(id));
    if (job === undefined) throw new AppError('UNKNOWN_JOB', { details: { job: id } });
    return job;
  };
  const followers = createJobFollowers({ read, clock, log });

  return {
    async add(request, { caller, agentsHeader }) {
      const { targets, sameness } = planJob(request, agentsHeader, { snapshot: deps.fleet.snapshot(), pullAgents: deps.pullAgents });
      const id = `job-${randomBytes(8).toString('hex')}`;
      const added = await inRedis(() => queue.add(id, sameness, { request, targets, caller }));
      return toJob(await read(added));
    },
    get: async (id) => toJob(await read(id)),
    list: async (limit) => (await inRedis(() => queue.list(Math.min(limit, MOST_LISTED)))).map(toJob),
    async cancel(id, by) {
      const job = await read(id);
      if (isFinal(job.state)) return toJob(job);
      await inRedis(async () => {
        await redis.set(keys.jobCancelled(id), by, 'EX', REMEMBER_S);
        await queue.hurry(id);
      });
      return toJob(await read(id));
    },
    joined: (id, requestId) =>
      inRedis(async () => {
        await redis.sadd(keys.jobCallers(id), requestId);
        await redis.expire(keys.jobCallers(id), REMEMBER_S);
      }),
    isAlone: (id) => inRedis(async () => (await redis.scard(keys.jobCallers(id))) <= 1),
    follow: followers.follow,
    close: followers.close,
  };
}
