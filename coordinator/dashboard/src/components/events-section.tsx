import type { PageState } from '../../../src/dashboard/page-state.js';
import { t } from '../words/words.js';
import { EventLine } from './event-line.js';

export function EventsSection({ fleet }: { fleet: PageState }) {
  const events = [...fleet.events.values()].reverse();
  return (
    <section aria-labelledby="events-title">
      <h2 id="events-title">{t('Events')}</h2>
      {events.length === 0 ? (
        <p class="panel empty muted">{t('Nothing has happened yet.')}</p>
      ) : (
        // It is scrolled by keyboard too.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        <ol class="panel events" tabIndex={0} aria-labelledby="events-title">
          {events.map((event) => (
            <EventLine key={event.id} event={event} />
          ))}
        </ol>
      )}
    </section>
  );
}
