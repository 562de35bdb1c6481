import type { Job } from '@ollama-coordinator/common';
import { useMemo, useState } from 'preact/hooks';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { arrangeAgents } from '../fleet/arrange-agents.js';
import { changeParams } from '../page-view.js';
import { useMay } from '../shared/may.js';
import { Problem } from '../shared/problem.js';
import { SettledInput } from '../shared/settled-input.js';
import { useAction } from '../shared/use-action.js';
import { usePolled } from '../shared/use-polled.js';
import { t } from '../words/words.js';
import { JobsSection } from './jobs-section.js';
import { modelGrid } from './model-grid.js';
import { ModelTable } from './model-table.js';
import { PlacementsSection } from './placements-section.js';
import { PullForm } from './pull-form.js';

const JOBS_PERIOD_MS = 2000;
/** A wider grid is no help; the filter chooses which. */
const MOST_COLUMNS = 24;

/** Which model is where, and what is done about it. */
export function ModelsPage({ fleet, params }: { fleet: PageState; params: URLSearchParams }) {
  const may = useMay();
  const jobs = usePolled<{ jobs: readonly Job[] }>('/api/coordinator/jobs', JOBS_PERIOD_MS);
  const action = useAction(() => void jobs.refresh());
  const [chosen, setChosen] = useState<string>();
  const filter = params.get('filter') ?? '';
  const agents = useMemo(() => arrangeAgents(fleet.agents.values(), filter, 'name'), [fleet.agents, filter]);
  const rows = useMemo(() => modelGrid(agents, jobs.value?.jobs ?? []), [agents, jobs.value]);
  const run = (body: object) => action.run('/api/coordinator/jobs', 'POST', body);
  return (
    <div class="view">
      <div class="toolbar">
        <h2>{t('Models')}</h2>
        <label for="models-filter">
          {t('Agents')}{' '}
          <SettledInput id="models-filter" type="search" value={filter} onSettled={(text) => changeParams({ filter: text })} />
        </label>
      </div>
      <Problem text={action.problem} />
      {may.operate && <PullForm run={run} busy={action.busy} agents={agents.map(({ name }) => name)} />}
      {rows.length === 0 ? (
        <p class="panel empty muted">{t('No agent has a model yet.')}</p>
      ) : (
        <ModelTable
          rows={rows}
          agents={agents.slice(0, MOST_COLUMNS)}
          hidden={Math.max(0, agents.length - MOST_COLUMNS)}
          chosen={chosen}
          onChoose={setChosen}
          run={run}
        />
      )}
      <PlacementsSection />
      <JobsSection
        jobs={jobs.value?.jobs}
        problem={jobs.problem}
        onCancel={(id) => void action.run(`/api/coordinator/jobs/${id}`, 'DELETE')}
      />
    </div>
  );
}
