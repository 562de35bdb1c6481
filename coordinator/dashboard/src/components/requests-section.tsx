import { useMemo } from 'preact/hooks';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { t } from '../words/words.js';
import { CommandLine } from './command-line.js';
import { RequestsTable } from './requests-table.js';

/** Of the latest so many are shown beside the fleet; the page Requests has all. */
const SHOWN = 50;

export function RequestsSection({ fleet }: { fleet: PageState }) {
  const requests = useMemo(() => latest(fleet), [fleet.requests]);
  return (
    <section aria-labelledby="requests-title">
      <h2 id="requests-title">{t('Requests')}</h2>
      {requests.length === 0 ? (
        <div class="panel empty">
          <p class="empty-title">{t('No request yet')}</p>
          <p>{t('Point any Ollama or OpenAI client at {origin}, or try:', { origin: location.origin })}</p>
          <CommandLine command={sampleCommand(fleet)} />
        </div>
      ) : (
        <RequestsTable requests={requests} />
      )}
    </section>
  );
}

function latest({ requests }: PageState) {
  return [...requests.values()].sort((a, b) => b.received_at.localeCompare(a.received_at) || b.id.localeCompare(a.id)).slice(0, SHOWN);
}

/** A request that works with a model that the fleet has. */
function sampleCommand(fleet: PageState): string {
  const models = [...fleet.agents.values()].filter((agent) => agent.status === 'online').flatMap((agent) => agent.models);
  const body = { model: models[0]?.name ?? 'llama3.2', prompt: 'Why is the sky blue?' };
  return `curl ${location.origin}/api/generate -d '${JSON.stringify(body)}'`;
}
