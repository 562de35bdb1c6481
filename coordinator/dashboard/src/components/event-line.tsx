import type { FleetEvent } from '@ollama-coordinator/common';
import { dateAndTime, timeOfDay } from '../format.js';
import { t, type Words } from '../words/words.js';

/** By type; an event of a later version is shown as it is named. */
const SENTENCES: Readonly<Record<string, Words>> = {
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
  job_started: 'began a job for',
  job_ended: 'ended a job for',
  placement_changed: 'changed a placement of',
  placement_met: 'met the placement of',
  placement_short: 'cannot meet the placement of',
};

export function EventLine({ event, withDate = false }: { event: FleetEvent; withDate?: boolean }) {
  const sentence = SENTENCES[event.type];
  return (
    <li class={`event event-${event.type}`}>
      <time dateTime={event.at}>{withDate ? dateAndTime(event.at) : timeOfDay(event.at)}</time>
      <span class="event-text">
        <strong>{event.agent_name ?? event.agent_id ?? t('coordinator')}</strong> {sentence === undefined ? event.type : t(sentence)}
        {event.model !== undefined && event.model !== '' && ` ${event.model}`}
        {event.detail !== undefined && <span class="detail">{event.detail}</span>}
      </span>
    </li>
  );
}
