import type { Request } from '@ollama-coordinator/common';
import { isLive } from '../../../src/dashboard/recent.js';
import { duration, timeOfDay, UNKNOWN } from '../format.js';
import { useNow } from '../now.js';
import { changeParams, isShown, linkTo } from '../page-view.js';
import { pure } from '../pure.js';
import { Waterfall } from '../requests/waterfall.js';
import { t } from '../words/words.js';

export const RequestRow = pure(({ request }: { request: Request }) => (
  <tr class={isLive(request) ? 'live' : ''} data-request={request.id}>
    <td class="request-time">
      <a href={linkTo('requests', { id: request.id })} title={request.id} onClick={(event) => openHere(event, request.id)}>
        <time dateTime={request.received_at}>{timeOfDay(request.received_at)}</time>
      </a>
    </td>
    <td class="request-model" title={`${request.path} · ${request.caller}`}>
      {request.model === '' ? UNKNOWN : request.model}
    </td>
    <td class="request-agent" title={request.agent_name}>
      {request.agent_name ?? request.agent_id ?? UNKNOWN}
    </td>
    <td class="request-status">
      <span class={`badge badge-${request.status}`}>{t(request.status)}</span>
    </td>
    <td class="number" data-label={t('Queue')}>
      {request.status === 'queued' ? <Elapsed since={request.received_at} /> : duration(request.queue_ms)}
    </td>
    <td class="number" data-label={t('First byte')}>
      {duration(request.first_byte_ms)}
    </td>
    <td class="number" data-label={t('Total')}>
      {isLive(request) ? <Elapsed since={request.received_at} /> : duration(request.total_ms)}
      {!isLive(request) && <Waterfall request={request} />}
    </td>
    <td class="number" data-label={t('Tokens')} title={t('prompt → answer')}>
      {tokens(request)}
    </td>
    <td class="request-why">
      {request.error_code !== undefined && <span class="bad">{request.error_code} </span>}
      {request.why ?? (request.error_code === undefined ? UNKNOWN : '')}
      {request.attempts > 1 && <span class="detail">{t('{count} attempts', { count: request.attempts })}</span>}
    </td>
  </tr>
));

function Elapsed({ since }: { since: string }) {
  return <>{duration(Math.max(0, Math.floor((useNow() - Date.parse(since)) / 1000) * 1000)).replace(/^0 ms$/, '< 1 s')}</>;
}

/** On the page Requests the filters stay as they are. */
function openHere(event: Event, id: string): void {
  if (!isShown('requests')) return;
  event.preventDefault();
  changeParams({ id });
}

function tokens({ prompt_tokens, output_tokens }: Request): string {
  if (prompt_tokens === undefined && output_tokens === undefined) return UNKNOWN;
  return `${prompt_tokens ?? UNKNOWN} → ${output_tokens ?? UNKNOWN}`;
}
