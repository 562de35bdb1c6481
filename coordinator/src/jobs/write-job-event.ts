import type { Logger } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import type { StoredJob } from './stored-job.js';

export interface JobEventsDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  readonly log: Logger;
}

/** Appends to the stream of events that a job began or ended; the fields are those of the registry's own events. Never throws: events are hints. */
export function writeJobEvent({ redis, keys, replicaId, log }: JobEventsDeps): (type: 'job_started' | 'job_ended', job: StoredJob) => void {
  return (type, { id, data, state, error }) => {
    const { kind, model } = data.request;
    const agents = data.targets.map(({ agent }) => agent).join(', ');
    const how = type === 'job_started' ? `on ${agents}` : state === 'completed' ? `completed on ${agents}` : `${state}: ${error ?? ''}`;
    const detail = `${kind} ${id} ${how}`.slice(0, 500);
    redis
      .xadd(keys.events, '*', 'type', type, 'agent', '', 'name', '', 'replica', replicaId, 'detail', detail, 'model', model)
      .catch((reason: unknown) => log.debug({ err: reason, job: id }, 'the event of a job could not be written'));
  };
}
