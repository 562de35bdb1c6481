import { useMemo, useState } from 'preact/hooks';
import { sharedOllamas } from '../../../../common/src/shared-ollamas.js';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { AgentPanel } from '../fleet/agent-panel.js';
import { arrangeAgents, SORTS, type Sort } from '../fleet/arrange-agents.js';
import type { Samples } from '../fleet/telemetry.js';
import { usualVersion } from '../fleet/usual-version.js';
import { changeParams } from '../page-view.js';
import { useDrawn } from '../shared/use-drawn.js';
import { t, type Words } from '../words/words.js';
import { AgentRow } from './agent-row.js';
import { EmptyFleet } from './empty-fleet.js';
import { SeenProvider } from './last-seen.js';

interface AgentsSectionProps {
  readonly fleet: PageState;
  readonly samples: Samples;
  /** `filter` and `sort` of the page's address. */
  readonly params: URLSearchParams;
}

const SORT_WORDS: Readonly<Record<Sort, Words>> = {
  name: 'Name',
  status: 'Status',
  load: 'CPU',
  in_flight: 'In flight',
  vram: 'VRAM in use',
  tier: 'Tier and weight',
};

export function AgentsSection({ fleet, samples, params }: AgentsSectionProps) {
  const [open, setOpen] = useState<string>();
  const filter = params.get('filter') ?? '';
  const sort = SORTS.find((name) => name === params.get('sort')) ?? 'name';
  const agents = useMemo(() => arrangeAgents(fleet.agents.values(), filter, sort), [fleet.agents, filter, sort]);
  const drawn = useDrawn(agents.length);
  const version = useMemo(() => usualVersion(fleet.agents.values()), [fleet.agents]);
  const shared = useMemo(() => sharedOllamas(fleet.agents.values()), [fleet.agents]);
  const opened = open === undefined ? undefined : fleet.agents.get(open);
  return (
    <section aria-labelledby="agents-title">
      <div class="toolbar">
        <h2 id="agents-title">{t('Agents')}</h2>
        {fleet.agents.size > 0 && <AgentFilter filter={filter} sort={sort} />}
      </div>
      {shared.map((agents) => (
        <p key={agents.map(({ id }) => id).join(' ')} class="notice notice-warn" role="status">
          {t('{names} stand in front of the same Ollama, and each takes its slots for its own; stop all of these agents but one.', {
            names: agents.map(({ name }) => name).join(', '),
          })}
        </p>
      ))}
      {opened !== undefined && <AgentPanel key={opened.id} agent={opened} onClose={() => setOpen(undefined)} />}
      {fleet.agents.size === 0 ? (
        <EmptyFleet />
      ) : (
        <table class="table agents">
          <thead>
            <tr>
              <th scope="col" class="column-name">
                {t('Agent')}
              </th>
              <th scope="col" class="column-status">
                {t('Status')}
              </th>
              <th scope="col">{t('Models and slots')}</th>
              <th scope="col" class="number column-flight">
                {t('In flight')}
              </th>
              <th scope="col" class="column-load">
                {t('Load')}
              </th>
              <th scope="col" class="column-seen">
                {t('Last seen')}
              </th>
            </tr>
          </thead>
          <tbody>
            <SeenProvider value={fleet.lastSeenAtMs}>
              {agents.slice(0, drawn).map((agent) => (
                <AgentRow
                  key={agent.id}
                  agent={agent}
                  samples={samples.get(agent.id)}
                  drifts={agent.ollama_version !== '' && version !== undefined && agent.ollama_version !== version}
                  onOpen={setOpen}
                />
              ))}
            </SeenProvider>
          </tbody>
        </table>
      )}
      {fleet.agents.size > 0 && agents.length === 0 && <p class="panel empty muted">{t('No agent is like that.')}</p>}
    </section>
  );
}

function AgentFilter({ filter, sort }: { filter: string; sort: Sort }) {
  return (
    <form class="filters" aria-label={t('Filter')} onSubmit={(event) => event.preventDefault()}>
      <label>
        {t('Filter')}
        <input
          type="search"
          value={filter}
          placeholder={t('name, label=value, model, status')}
          onInput={(event) => changeParams({ filter: event.currentTarget.value })}
        />
      </label>
      <label>
        {t('Sort by')}
        <select value={sort} onChange={(event) => changeParams({ sort: event.currentTarget.value })}>
          {SORTS.map((name) => (
            <option key={name} value={name}>
              {t(SORT_WORDS[name])}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}
