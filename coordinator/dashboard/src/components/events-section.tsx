import type { FleetEvent } from '@ollama-coordinator/common';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { timeOfDay } from '../format.js';

const SENTENCES: Readonly<Record<FleetEvent['type'], string>> = {
  registered: 'registered',
  updated: 'registered again',
  online: 'is online',
  suspect: 'is suspect',
  offline: 'went offline',
  draining: 'is draining',
  resumed: 'takes requests again',
  left: 'left',
  model_loaded: 'loaded',
  model_evicted: 'unloaded',
  reload_avoided: 'was spared a reload of',
  setting_changed: 'setting changed',
  job_started: 'job started',
  job_ended: 'job ended',
};

export function EventsSection({ fleet }: { fleet: PageState }) {
  const events = [...fleet.events.values()].reverse();
  return (
    <section aria-labelledby="events-title">
      <h2 id="events-title">Events</h2>
      {events.length === 0 ? (
        <p class="panel empty muted">Nothing has happened yet.</p>
      ) : (
        <ol class="panel events">
          {events.map((event) => (
            <EventLine key={event.id} event={event} />
          ))}
        </ol>
      )}
    </section>
  );
}

function EventLine({ event }: { event: FleetEvent }) {
  return (
    <li class={`event event-${event.type}`}>
      <time dateTime={event.at}>{timeOfDay(event.at)}</time>
      <span class="event-text">
        <strong>{event.agent_name ?? event.agent_id ?? 'coordinator'}</strong> {SENTENCES[event.type]}
        {event.model !== undefined && ` ${event.model}`}
        {event.detail !== undefined && <span class="detail">{event.detail}</span>}
      </span>
    </li>
  );
}
