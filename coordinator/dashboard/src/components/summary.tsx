import type { Agent } from '@ollama-coordinator/common';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { t } from '../words/words.js';

export function Summary({ fleet }: { fleet: PageState }) {
  const agents = [...fleet.agents.values()];
  const present = agents.filter((agent) => agent.status !== 'offline');
  const online = agents.filter((agent) => agent.status === 'online').length;
  const running = total(present, (agent) => agent.in_flight);
  const queued = [...fleet.requests.values()].filter((request) => request.status === 'queued').length;
  const models = new Set(present.flatMap((agent) => agent.models.map((model) => model.name)));
  const loaded = new Set(present.flatMap((agent) => agent.runners.map((runner) => runner.model)));
  return (
    <section aria-label={t('Summary')}>
      <dl class="tiles">
        <Tile
          name={t('Agents online')}
          value={online}
          of={agents.length}
          tone={agents.length === 0 ? undefined : online < agents.length ? 'warn' : 'good'}
        />
        <Tile name={t('Requests running')} value={running} tone={running > 0 ? 'busy' : undefined} />
        <Tile name={t('Waiting')} value={queued} tone={queued > 0 ? 'warn' : undefined} />
        <Tile name={t('Models loaded')} value={loaded.size} of={models.size} />
      </dl>
    </section>
  );
}

function Tile({ name, value, of, tone }: { name: string; value: number; of?: number; tone?: 'good' | 'warn' | 'busy' | undefined }) {
  return (
    <div class={`tile${tone === undefined ? '' : ` tile-${tone}`}`}>
      <dt>{name}</dt>
      <dd>
        <span class="tile-value">{value}</span>
        {of !== undefined && of > 0 && <span class="tile-of"> {t('of {of}', { of })}</span>}
      </dd>
    </div>
  );
}

function total(agents: readonly Agent[], of: (agent: Agent) => number): number {
  return agents.reduce((sum, agent) => sum + of(agent), 0);
}
