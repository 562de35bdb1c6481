import type { PageState } from '../../../src/dashboard/page-state.js';
import { changeParams } from '../page-view.js';
import { SettledInput } from '../shared/settled-input.js';
import { t } from '../words/words.js';
import { type RequestFilter, STATUSES } from './request-filter.js';

/** What is shown; kept in the address of the page. */
export function FilterForm({ filter, fleet }: { filter: RequestFilter; fleet: PageState }) {
  const agents = [...new Set([...fleet.agents.values()].map(({ name }) => name))].sort();
  const models = [...new Set([...fleet.agents.values()].flatMap((agent) => agent.models.map(({ name }) => name)))].sort();
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label={t('Filter')}>
      <Field name="agent" label={t('Agent')} value={filter.agent} list={agents} />
      <Field name="model" label={t('Model')} value={filter.model} list={models} />
      <label>
        {t('Status')}
        <select value={filter.status} onChange={(event) => changeParams({ status: event.currentTarget.value })}>
          <option value="">{t('all')}</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {t(status)}
            </option>
          ))}
        </select>
      </label>
      <Field name="caller" label={t('Caller')} value={filter.caller} list={[]} />
      <Field name="since" label={t('From')} value={filter.since} type="datetime-local" />
      <Field name="until" label={t('Until')} value={filter.until} type="datetime-local" />
      <button type="button" onClick={() => changeParams({ agent: '', model: '', status: '', caller: '', since: '', until: '' })}>
        {t('Clear')}
      </button>
    </form>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly type?: 'text' | 'datetime-local';
  readonly list?: readonly string[];
}

function Field({ name, label, value, type = 'text', list = [] }: FieldProps) {
  const known = `filter-${name}-known`;
  const id = `filter-${name}`;
  return (
    <label for={id}>
      {label}
      <SettledInput
        id={id}
        type={type}
        value={value}
        {...(list.length > 0 ? { list: known } : {})}
        onSettled={(text) => changeParams({ [name]: text })}
      />
      {list.length > 0 && (
        <datalist id={known}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </label>
  );
}
