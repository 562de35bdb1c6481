import { ConfirmButton } from '../shared/confirm-button.js';
import { useMay } from '../shared/may.js';
import { Problem } from '../shared/problem.js';
import { useAction } from '../shared/use-action.js';
import { usePolled } from '../shared/use-polled.js';
import { t } from '../words/words.js';

const PATH = '/api/coordinator/placements';
const PERIOD_MS = 3000;

/** `GET /api/coordinator/placements`. */
interface Placement {
  readonly id: string;
  readonly model: string;
  readonly replicas: number | 'all';
  readonly labels: Readonly<Record<string, string>>;
  readonly loaded: boolean;
  readonly pinned: boolean;
  readonly status: { readonly state: 'met' | 'working' | 'short'; readonly agents: readonly string[]; readonly why?: string };
}

/** Policies that so many agents have a model; made, and ended. */
export function PlacementsSection() {
  const may = useMay();
  const { value, problem, status, refresh } = usePolled<{ placements: readonly Placement[] }>(PATH, PERIOD_MS);
  const action = useAction(() => void refresh());
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const body = readForm(new FormData(form));
    if (await action.run(PATH, 'POST', body)) form.reset();
  };
  // A coordinator of an earlier version has none.
  if (status === 404) return null;
  return (
    <section aria-labelledby="placements-title">
      <h2 id="placements-title">{t('Placements')}</h2>
      <Problem text={problem ?? action.problem} />
      {may.operate && <PlacementForm onSubmit={(event) => void create(event)} />}
      {value?.placements.length === 0 && (
        <p class="panel empty muted">
          {t(
            'No placement: models stay where they were pulled. A placement keeps one on so many agents, and pins it in memory where you say so.',
          )}
        </p>
      )}
      {value !== undefined && value.placements.length > 0 && (
        <ul class="panel jobs">
          {value.placements.map((placement) => (
            <PlacementLine key={placement.id} placement={placement} onRemove={() => void action.run(`${PATH}/${placement.id}`, 'DELETE')} />
          ))}
        </ul>
      )}
    </section>
  );
}

function PlacementForm({ onSubmit }: { onSubmit: (event: SubmitEvent) => void }) {
  return (
    <form class="filters panel" aria-label={t('Keep a model on agents')} onSubmit={onSubmit}>
      <label>
        {t('Keep this model')}
        <input name="model" required autocomplete="off" />
      </label>
      <label>
        {t('On so many agents, or all')}
        <input name="replicas" defaultValue="1" required pattern="all|[1-9][0-9]*" />
      </label>
      <label>
        {t('With these labels')}
        <input name="labels" placeholder="gpu=4090,room=lab" autocomplete="off" />
      </label>
      <label class="choice">
        <input type="checkbox" name="pinned" /> {t('Pinned in memory')}
      </label>
      <button type="submit">{t('Keep it there')}</button>
    </form>
  );
}

function readForm(form: FormData) {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const labels = text('labels')
    .split(',')
    .map((part) => part.trim().split('='))
    .filter(([name]) => name !== '');
  return {
    model: text('model'),
    replicas: text('replicas') === 'all' ? 'all' : Number(text('replicas')),
    labels: Object.fromEntries(labels.map(([name, value = 'true']) => [name, value])),
    pinned: form.get('pinned') !== null,
  };
}

function PlacementLine({ placement, onRemove }: { placement: Placement; onRemove: () => void }) {
  const may = useMay();
  const { id, model, replicas, labels, loaded, pinned, status } = placement;
  const where = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return (
    <li class="job" data-placement={id}>
      <span>
        <strong>{model}</strong> {replicas === 'all' ? t('on all agents') : t('on {count} agents', { count: replicas })}
        {where.length > 0 && ` (${where.join(', ')})`} · {pinned ? t('pinned in memory') : loaded ? t('in memory') : t('on disk')}
        <span class="detail">{status.agents.join(', ')}</span>
        {status.why !== undefined && <span class="detail bad">{status.why}</span>}
      </span>
      <span class={`badge badge-${status.state}`}>{t(status.state)}</span>
      {may.operate && (
        <ConfirmButton
          label={t('Remove')}
          about={t('Remove placement {id}', { id })}
          confirm={t('Remove the placement')}
          onConfirm={onRemove}
        />
      )}
    </li>
  );
}
