import type { FleetEvent } from '@ollama-coordinator/common';
import { useMemo, useState } from 'preact/hooks';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { ask } from '../ask.js';
import { EventLine } from '../components/event-line.js';
import { changeParams } from '../page-view.js';
import { Problem } from '../shared/problem.js';
import { t } from '../words/words.js';
import { EVENT_KINDS, type EventKind, kindOf } from './event-kinds.js';
import { findProblems } from './find-problems.js';
import { ProblemsPanel } from './problems-panel.js';

interface EventPage {
  readonly events: readonly FleetEvent[];
  readonly cursor?: string;
}

/** What is wrong, and everything that happened: live, and older pages from the history. */
export function LogPage({ fleet, params }: { fleet: PageState; params: URLSearchParams }) {
  const problems = useMemo(() => findProblems(fleet), [fleet]);
  const [older, setOlder] = useState<EventPage>();
  const [problem, setProblem] = useState<string>();
  const kind = EVENT_KINDS.find((known) => known === params.get('kind'));
  const events = merge(fleet, older).filter((event) => kind === undefined || kindOf(event) === kind);
  const readOlder = async () => {
    const answer = await ask<EventPage>(`/api/coordinator/events?limit=200${older?.cursor === undefined ? '' : `&cursor=${older.cursor}`}`);
    setProblem(answer.ok ? undefined : answer.problem);
    if (answer.ok) setOlder({ ...answer.value, events: [...(older?.events ?? []), ...answer.value.events] });
  };
  return (
    <div class="view">
      <ProblemsPanel problems={problems} />
      <section aria-labelledby="log-title">
        <div class="toolbar">
          <h2 id="log-title">{t('Events')}</h2>
          <KindSelect kind={kind} />
        </div>
        <Problem text={problem} />
        {events.length === 0 ? (
          <p class="panel empty muted">{t('Nothing has happened yet.')}</p>
        ) : (
          <ol class="panel events events-all">
            {events.map((event) => (
              <EventLine key={event.id} event={event} withDate />
            ))}
          </ol>
        )}
        {(older === undefined || older.cursor !== undefined) && (
          <button type="button" onClick={() => void readOlder()}>
            {t('Show older')}
          </button>
        )}
      </section>
    </div>
  );
}

function KindSelect({ kind }: { kind: EventKind | undefined }) {
  return (
    <label>
      {t('Kind')}{' '}
      <select value={kind ?? ''} onChange={(event) => changeParams({ kind: event.currentTarget.value })}>
        <option value="">{t('all')}</option>
        {EVENT_KINDS.map((name) => (
          <option key={name} value={name}>
            {t(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Latest first, each once. */
function merge({ events }: PageState, older: EventPage | undefined): FleetEvent[] {
  const all = new Map((older?.events ?? []).map((event) => [event.id, event]));
  for (const event of events.values()) all.set(event.id, event);
  return [...all.values()].sort((a, b) => b.at.localeCompare(a.at) || b.id.localeCompare(a.id, undefined, { numeric: true }));
}
