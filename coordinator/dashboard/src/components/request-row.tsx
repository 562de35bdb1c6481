import type { Request } from '@ollama-coordinator/common';
import { isLive } from '../../../src/dashboard/recent.js';
import { duration, timeOfDay, UNKNOWN } from '../format.js';
import { useNow } from '../now.js';
import { pure } from '../pure.js';

export const RequestRow = pure(({ request }: { request: Request }) => (
  <tr class={isLive(request) ? 'live' : ''} data-request={request.id}>
    <td class="request-time">
      <time dateTime={request.received_at}>{timeOfDay(request.received_at)}</time>
    </td>
    <td class="request-model" title={`${request.path} · ${request.caller}`}>
      {request.model === '' ? UNKNOWN : request.model}
    </td>
    <td class="request-agent" title={request.agent_name}>
      {request.agent_name ?? request.agent_id ?? UNKNOWN}
    </td>
    <td class="request-status">
      <span class={`badge badge-${request.status}`}>{request.status}</span>
    </td>
    <td class="number" data-label="Queue">
      {request.status === 'queued' ? <Elapsed since={request.received_at} /> : duration(request.queue_ms)}
    </td>
    <td class="number" data-label="First byte">
      {duration(request.first_byte_ms)}
    </td>
    <td class="number" data-label="Total">
      {isLive(request) ? <Elapsed since={request.received_at} /> : duration(request.total_ms)}
      <Phases request={request} />
    </td>
    <td class="number" data-label="Tokens" title="prompt → answer">
      {tokens(request)}
    </td>
    <td class="request-why">
      {request.error_code !== undefined && <span class="bad">{request.error_code} </span>}
      {request.why ?? (request.error_code === undefined ? UNKNOWN : '')}
      {request.attempts > 1 && <span class="detail">{request.attempts} attempts</span>}
    </td>
  </tr>
));

function Elapsed({ since }: { since: string }) {
  return <>{duration(Math.max(0, Math.floor((useNow() - Date.parse(since)) / 1000) * 1000)).replace(/^0 ms$/, '< 1 s')}</>;
}

/** Where the time went: waiting, until the first byte, and the rest, in the columns' colours. */
function Phases({ request }: { request: Request }) {
  if (isLive(request) || request.total_ms <= 0) return null;
  const queue = Math.min(request.queue_ms, request.total_ms);
  const firstByte = Math.max(0, Math.min(request.first_byte_ms ?? request.total_ms, request.total_ms) - queue);
  const share = (ms: number) => ({ width: `${(ms / request.total_ms) * 100}%` });
  return (
    <span class="phases" aria-hidden="true">
      <span class="phase phase-bar-queue" style={share(queue)} />
      <span class="phase phase-bar-first-byte" style={share(firstByte)} />
      <span class="phase phase-bar-rest" style={share(request.total_ms - queue - firstByte)} />
    </span>
  );
}

function tokens({ prompt_tokens, output_tokens }: Request): string {
  if (prompt_tokens === undefined && output_tokens === undefined) return UNKNOWN;
  return `${prompt_tokens ?? UNKNOWN} → ${output_tokens ?? UNKNOWN}`;
}
