import type { Request, RequestDetail } from '@ollama-coordinator/common';
import { useEffect, useRef } from 'preact/hooks';
import { isLive } from '../../../src/dashboard/recent.js';
import { dateAndTime, duration, UNKNOWN } from '../format.js';
import { useMay } from '../shared/may.js';
import { Problem } from '../shared/problem.js';
import { useAction } from '../shared/use-action.js';
import { usePolled } from '../shared/use-polled.js';
import { t } from '../words/words.js';
import { AttemptsTable } from './attempts-table.js';
import { BodiesSection } from './bodies-section.js';
import { Waterfall } from './waterfall.js';

interface RequestDialogProps {
  readonly id: string;
  /** As the page has it, where it is one of the latest. */
  readonly live: Request | undefined;
  readonly onClose: () => void;
}

/** One request: where its time went, what was expected, each attempt; a running one can be cancelled. */
export function RequestDialog({ id, live, onClose }: RequestDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const may = useMay();
  const cancelling = useAction();
  useEffect(() => dialog.current?.showModal(), []);
  const runs = live !== undefined && isLive(live);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="request-title" onClose={onClose}>
      <div class="toolbar">
        <h2 id="request-title">
          {t('Request')} <code>{id}</code>
        </h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          {t('Close')}
        </button>
      </div>
      <Problem text={cancelling.problem} />
      {runs && may.operate && (
        <button
          type="button"
          class="dangerous"
          disabled={cancelling.busy}
          onClick={() => void cancelling.run(`/api/coordinator/requests/${id}`, 'DELETE')}
        >
          {t('Cancel this request')}
        </button>
      )}
      {runs ? <Facts request={live} /> : <Stored id={id} live={live} />}
    </dialog>
  );
}

/** The history has a request a moment after it ended. */
const RETRY_MS = 1000;

function Stored({ id, live }: { id: string; live: Request | undefined }) {
  const { value, problem } = usePolled<RequestDetail>(`/api/coordinator/requests/${encodeURIComponent(id)}`, RETRY_MS);
  const request = value ?? live;
  if (request === undefined) return problem === undefined ? <p class="muted">{t('Searching…')}</p> : <Problem text={problem} />;
  return (
    <>
      <Waterfall request={request} labelled />
      <Facts request={request} />
      {value !== undefined && value.tries.length > 0 && <AttemptsTable tries={value.tries} />}
      {value !== undefined && <BodiesSection id={id} />}
    </>
  );
}

function Facts({ request }: { request: Request }) {
  const { predicted_first_byte_ms: firstByte, predicted_total_ms: total } = request;
  const facts: [string, string | undefined][] = [
    [t('Status'), `${t(request.status)}${request.error_code === undefined ? '' : ` · ${request.error_code}`}`],
    [t('Received'), dateAndTime(request.received_at)],
    [t('Route'), `${request.path}${request.stream ? ` · ${t('streamed')}` : ''}`],
    [t('Model'), request.model],
    [t('Agent'), request.agent_name],
    [t('Why there'), request.why],
    [t('Caller'), request.caller],
    [t('Session'), request.session],
    [t('Attempts'), String(request.attempts)],
    [t('Handed over'), request.handovers === undefined ? undefined : String(request.handovers)],
    [t('Place in the queue'), request.queue_position === undefined ? undefined : String(request.queue_position)],
    [t('Waited'), duration(request.queue_ms)],
    [t('First byte'), withExpected(request.first_byte_ms, firstByte)],
    [t('Total'), isLive(request) ? undefined : withExpected(request.total_ms, total)],
    [t('Tokens'), `${request.prompt_tokens ?? UNKNOWN} → ${request.output_tokens ?? UNKNOWN}`],
    [t('Speed'), speedOf(request)],
    [t('Replica'), request.replica],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function withExpected(ms: number | undefined, expectedMs: number | undefined): string {
  if (expectedMs === undefined) return duration(ms);
  return t('{time} (expected: {expected})', { time: duration(ms), expected: duration(expectedMs) });
}

function speedOf({ output_tokens: tokens, decode_ms: ms }: Request): string | undefined {
  return tokens === undefined || ms === undefined || ms === 0
    ? undefined
    : t('{count} tokens/s', { count: Math.round((tokens * 1000) / ms) });
}
