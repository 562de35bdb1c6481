import type { Job } from '@ollama-coordinator/common';
import { bytes, duration, percent, timeOfDay } from '../format.js';
import { useNow } from '../now.js';
import { useMay } from '../shared/may.js';
import { Problem } from '../shared/problem.js';
import { t } from '../words/words.js';

interface JobsSectionProps {
  readonly jobs: readonly Job[] | undefined;
  readonly problem: string | undefined;
  readonly onCancel: (id: string) => void;
}

export function JobsSection({ jobs, problem, onCancel }: JobsSectionProps) {
  return (
    <section aria-labelledby="jobs-title">
      <h2 id="jobs-title">{t('Jobs')}</h2>
      <Problem text={problem} />
      {jobs?.length === 0 && <p class="panel empty muted">{t('No job yet.')}</p>}
      {jobs !== undefined && jobs.length > 0 && (
        <ul class="panel jobs">
          {jobs.map((job) => (
            <JobLine key={job.id} job={job} onCancel={() => onCancel(job.id)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function JobLine({ job, onCancel }: { job: Job; onCancel: () => void }) {
  const may = useMay();
  const runs = job.state === 'active' || job.state === 'waiting' || job.state === 'retrying';
  const share = job.total_bytes === 0 ? 0 : job.completed_bytes / job.total_bytes;
  return (
    <li class="job" data-job={job.id}>
      <span>
        <strong>{t(job.kind)}</strong> {job.model}
        <span class="detail">
          {timeOfDay(job.created_at)} · {job.parts.map(({ agent }) => agent).join(', ')}
        </span>
        {job.error !== undefined && <span class="detail bad">{job.error}</span>}
      </span>
      <span class={`badge badge-${job.state}`}>{t(job.state)}</span>
      {job.total_bytes > 0 && (
        <span class="job-progress">
          <progress value={job.completed_bytes} max={job.total_bytes} aria-label={t('Progress of {model}', { model: job.model })} />
          <span class="detail">
            {percent(share)} {t('of {size}', { size: bytes(job.total_bytes) })} {runs && <TimeLeft job={job} share={share} />}
          </span>
        </span>
      )}
      {runs && may.operate && (
        <button type="button" class="small" aria-label={t('Cancel {id}', { id: job.id })} onClick={onCancel}>
          {t('Cancel')}
        </button>
      )}
    </li>
  );
}

/** By what was done since it began. */
function TimeLeft({ job, share }: { job: Job; share: number }) {
  const nowMs = useNow();
  if (job.started_at === undefined || share < 0.01 || share >= 1) return null;
  const spentMs = Math.max(0, nowMs - Date.parse(job.started_at));
  return <>· {t('{time} left', { time: duration((spentMs / share) * (1 - share)) })}</>;
}
