import type { Trend, TrendPeriod } from '@ollama-coordinator/common';
import { useMemo } from 'preact/hooks';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { changeParams } from '../page-view.js';
import { Problem } from '../shared/problem.js';
import { usePolled } from '../shared/use-polled.js';
import { t } from '../words/words.js';
import { CHARTS } from './charts.js';
import { TrendChart } from './trend-chart.js';
import { TrendTable } from './trend-table.js';

const HOUR_MS = 3_600_000;
const RANGES = [
  { name: '1d', by: 'hour', ms: 24 * HOUR_MS, words: 'the last day' },
  { name: '7d', by: 'hour', ms: 7 * 24 * HOUR_MS, words: 'the last week' },
  { name: '30d', by: 'day', ms: 30 * 24 * HOUR_MS, words: 'the last month' },
  { name: '365d', by: 'day', ms: 365 * 24 * HOUR_MS, words: 'the last year' },
] as const;
const PERIOD_MS = 30_000;

/** How it went, by hour or day. */
export function TrendsPage({ fleet, params }: { fleet: PageState; params: URLSearchParams }) {
  const range = RANGES.find(({ name }) => name === params.get('range')) ?? RANGES[0];
  const agent = params.get('agent') ?? '';
  const model = params.get('model') ?? '';
  const path = useMemo(() => {
    const query = new URLSearchParams({ by: range.by, since: new Date(Date.now() - range.ms).toISOString() });
    if (agent !== '') query.set('agent', agent);
    else if (model !== '') query.set('model', model);
    return `/api/coordinator/trends?${query}`;
  }, [range, agent, model]);
  const { value, problem } = usePolled<{ by: TrendPeriod; trends: readonly Trend[] }>(path, PERIOD_MS);
  const agents = [...fleet.agents.values()];
  const models = [...new Set(agents.flatMap((one) => one.models.map(({ name }) => name)))].sort();
  const agentCount = agent === '' ? agents.length : 1;
  return (
    <div class="view">
      <div class="toolbar">
        <h2>{t('Trends')}</h2>
        <form class="filters" aria-label={t('Filter')} onSubmit={(event) => event.preventDefault()}>
          <Choice
            label={t('Time')}
            value={range.name}
            options={RANGES.map(({ name, words }) => [name, t(words)])}
            onChange={(value) => changeParams({ range: value })}
          />
          <Choice
            label={t('Agent')}
            value={agent}
            options={[['', t('all')], ...agents.map(({ name }) => [name, name] as const)]}
            onChange={(value) => changeParams({ agent: value, model: '' })}
          />
          <Choice
            label={t('Model')}
            value={model}
            options={[['', t('all')], ...models.map((name) => [name, name] as const)]}
            onChange={(value) => changeParams({ model: value, agent: '' })}
          />
        </form>
      </div>
      <Problem text={problem} />
      {value !== undefined && (
        <>
          <div class="charts">
            {CHARTS.map((chart) => (
              <TrendChart key={chart.title} chart={chart} trends={value.trends} by={value.by} agentCount={agentCount} />
            ))}
          </div>
          <TrendTable trends={value.trends} />
        </>
      )}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
