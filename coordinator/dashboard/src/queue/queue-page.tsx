import type { Priority } from '@ollama-coordinator/common/balancing';
import { duration, percent } from '../format.js';
import { linkTo } from '../page-view.js';
import { useMay } from '../shared/may.js';
import { Problem } from '../shared/problem.js';
import { useAction } from '../shared/use-action.js';
import { usePolled } from '../shared/use-polled.js';
import { t } from '../words/words.js';

/** `GET /api/coordinator/queue`. */
interface Queue {
  readonly replica: string;
  readonly waiting: number;
  readonly limit: number;
  readonly lines: readonly Line[];
}

interface Line {
  readonly line: string;
  readonly model: string;
  readonly signature: string;
  readonly waiting: number;
  readonly oldest_ms: number;
  readonly expected_wait_ms: number;
  readonly callers: readonly { readonly caller: string; readonly waiting: number; readonly share: number }[];
  readonly requests: readonly Waiter[];
}

interface Waiter {
  readonly id: string;
  readonly caller: string;
  readonly priority: Priority;
  readonly position: number;
  readonly waited_ms: number;
  readonly expected_wait_ms: number;
}

const PERIOD_MS = 1000;

/** What waits at this replica: line by line, how long still, and which caller has what share. */
export function QueuePage() {
  const { value, problem, refresh } = usePolled<Queue>('/api/coordinator/queue', PERIOD_MS);
  const cancelling = useAction(() => void refresh());
  const lines = value?.lines.filter(({ waiting }) => waiting > 0) ?? [];
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
        </dl>
      )}
      {value !== undefined && lines.length === 0 && <p class="panel muted">{t('Nothing waits: every request found a slot at once.')}</p>}
      {lines.map((line) => (
        <LineSection key={line.line} line={line} onCancel={(id) => void cancelling.run(`/api/coordinator/requests/${id}`, 'DELETE')} />
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

function LineSection({ line, onCancel }: { line: Line; onCancel: (id: string) => void }) {
  const may = useMay();
  return (
    <section class="panel queue-line" aria-label={line.model} data-line={line.signature}>
      <h3>{line.model}</h3>
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
