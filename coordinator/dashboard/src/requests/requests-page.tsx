import type { Request } from '@ollama-coordinator/common';
import { useMemo } from 'preact/hooks';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { RequestsTable } from '../components/requests-table.js';
import { changeParams } from '../page-view.js';
import { Problem } from '../shared/problem.js';
import { t } from '../words/words.js';
import { FilterForm } from './filter-form.js';
import { RequestDialog } from './request-dialog.js';
import { passes, readFilter, toQuery } from './request-filter.js';
import { useStoredRequests } from './use-stored-requests.js';

/** Requests that run and those of the stored days, filtered; one in detail. */
export function RequestsPage({ fleet, params }: { fleet: PageState; params: URLSearchParams }) {
  const text = params.toString();
  const filter = useMemo(() => readFilter(new URLSearchParams(text)), [text]);
  const query = toQuery(filter).toString();
  const stored = useStoredRequests(query);
  const shown = useMemo(() => {
    const live = [...fleet.requests.values()].filter((request) => passes(request, filter));
    return merge(live, stored.requests);
  }, [fleet.requests, stored.requests, filter]);
  const id = params.get('id') ?? undefined;
  return (
    <div class="view">
      <div class="toolbar">
        <h2 id="requests-title">{t('Requests')}</h2>
        <span class="toolbar-end">
          <a class="button" href={`/api/coordinator/requests/export?format=csv&${query}`} download>
            {t('Export CSV')}
          </a>
          <a class="button" href={`/api/coordinator/requests/export?format=json&${query}`} download>
            {t('Export JSON')}
          </a>
        </span>
      </div>
      <FilterForm filter={filter} fleet={fleet} />
      <Problem text={stored.problem} />
      {shown.length === 0 ? (
        <p class="panel empty muted">{stored.searching ? t('Searching…') : t('No request is like that.')}</p>
      ) : (
        <RequestsTable requests={shown} />
      )}
      {stored.hasMore && (
        <button type="button" disabled={stored.searching} onClick={() => void stored.more()}>
          {stored.searching ? t('Searching…') : t('Show older')}
        </button>
      )}
      {id !== undefined && <RequestDialog key={id} id={id} live={fleet.requests.get(id)} onClose={() => changeParams({ id: undefined })} />}
    </div>
  );
}

/** Latest first, each once; what is live is the newer knowledge. */
function merge(live: readonly Request[], stored: readonly Request[]): Request[] {
  const all = new Map(stored.map((request) => [request.id, request]));
  for (const request of live) all.set(request.id, request);
  return [...all.values()].sort((a, b) => b.received_at.localeCompare(a.received_at) || b.id.localeCompare(a.id));
}
