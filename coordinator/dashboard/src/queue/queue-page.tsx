import type { Queue } from '@ollama-coordinator/common';
import { duration, percent } from '../format.js';
import { linkTo } from '../page-view.js';
import { useMay } from '../shared/may.js';
import { Problem } from '../shared/problem.js';
import { useAction } from '../shared/use-action.js';
import { usePolled } from '../shared/use-polled.js';
import { t } from '../words/words.js';

type Line = Queue['lines'][number];

const PERIOD_MS = 1000;

/** What waits at all replicas: line by line, how long still, and which caller has what share. */
export function QueuePage() {
  const { value, problem, refresh } = usePolled<Queue>('/api/coordinator/queue', PERIOD_MS);
  const cancelling = useAction(() => void refresh());
  const lines = value?.lines.filter(({ waiting }) => waiting > 0) ?? [];
  const severalReplicas = (value?.replicas.length ?? 0) > 1;
  const oldestMs = Math.max(0, ...lines.map(({ oldest_ms }) => oldest_ms));
  return (
    <div class="view">
      <h2>{t('Queue')}</h2>
      <Problem text={problem ?? cancelling.problem} />
      {value !== undefined && (
        <dl class="tiles">
          <Tile name={t('Waiting')} value={String(value.waiting)} />
          <Tile name={t('Room for')} value={String(value.limit)} />
          <Tile name={t('Oldest')} value={value.waiting === 0 ? '–' : duration(oldestMs)} />
          <Tile name={t('Lines')} value={String(lines.length)} />
          {severalReplicas && <Tile name={t('Replicas')} value={String(value.replicas.length)} />}
        </dl>
      )}
      {value !== undefined && lines.length === 0 && <p class="panel muted">{t('Nothing waits: every request found a slot at once.')}</p>}
      {lines.map((line) => (
        <LineSection
          key={`${line.replica} ${line.line}`}
          line={line}
          replica={severalReplicas ? line.replica : undefined}
          onCancel={(id) => void cancelling.run(`/api/coordinator/requests/${id}`, 'DELETE')}
        />
      ))}
    </div>
  );
}

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>
        <span class="tile-value">{value}</span>
      </dd>
    </div>
  );
}

interface LineSectionProps {
  readonly line: Line;
  /** Where it is; undefined where there is one replica only. */
  readonly replica: string | undefined;
  readonly onCancel: (id: string) => void;
}

function LineSection({ line, replica, onCancel }: LineSectionProps) {
  const may = useMay();
  return (
    <section class="panel queue-line" aria-label={line.model} data-line={line.signature}>
      <h3>
        {line.model}
        {replica !== undefined && <span class="muted"> · {t('replica {replica}', { replica })}</span>}
      </h3>
      <p class="muted">
        {t('{waiting} wait, the oldest for {oldest}; who comes next waits {expected}', {
          waiting: line.waiting,
          oldest: duration(line.oldest_ms),
          expected: duration(line.expected_wait_ms),
        })}
      </p>
      <ul class="shares">
        {line.callers.map(({ caller, waiting, share }) => (
          <li key={caller}>
            <a href={linkTo('requests', { caller })}>{caller}</a>
            <span class="bar-track" aria-hidden="true">
              <span class="bar-fill" style={{ width: `${share * 100}%` }} />
            </span>
            <span class="muted">{t('{share} of what was served, {waiting} waiting', { share: percent(share), waiting })}</span>
          </li>
        ))}
      </ul>
      <div class="scroll">
        <table class="table plain">
          <thead>
            <tr>
              <th scope="col" class="number">
                {t('Place')}
              </th>
              <th scope="col">{t('Request')}</th>
              <th scope="col">{t('Caller')}</th>
              <th scope="col">{t('Priority')}</th>
              <th scope="col" class="number">
                {t('Waited')}
              </th>
              <th scope="col" class="number">
                {t('Expected')}
              </th>
              <th scope="col">
                <span class="for-readers">{t('Cancel')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {line.requests.map((request) => (
              <tr key={request.id} data-waiting={request.id}>
                <td class="number">{request.position}</td>
                <td>
                  <code>{request.id}</code>
                </td>
                <td>{request.caller}</td>
                <td>{t(request.priority)}</td>
                <td class="number">{duration(request.waited_ms)}</td>
                <td class="number">{duration(request.expected_wait_ms)}</td>
                <td>
                  {may.operate && (
                    <button
                      type="button"
                      class="small"
                      aria-label={t('Cancel {id}', { id: request.id })}
                      onClick={() => onCancel(request.id)}
                    >
                      {t('Cancel')}
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
