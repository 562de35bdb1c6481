import type { KeptBody, RequestBodies } from '@ollama-coordinator/common';
import { useState } from 'preact/hooks';
import { bytes } from '../format.js';
import { useMay } from '../shared/may.js';
import { Problem } from '../shared/problem.js';
import { usePolled } from '../shared/use-polled.js';
import { t } from '../words/words.js';

/** What was asked and answered, for administrators who ask for it: whoever reads it is put on record. */
export function BodiesSection({ id }: { id: string }) {
  const [isOpen, setOpen] = useState(false);
  if (!useMay().admin) return null;
  if (isOpen) return <Bodies id={id} />;
  return (
    <button type="button" class="small" onClick={() => setOpen(true)}>
      {t('Show what was asked and answered')}
    </button>
  );
}

function Bodies({ id }: { id: string }) {
  const { value, problem } = usePolled<RequestBodies>(`/api/coordinator/requests/${encodeURIComponent(id)}/bodies`);
  if (value === undefined) return problem === undefined ? <p class="muted">{t('Searching…')}</p> : <Problem text={problem} />;
  return (
    <>
      <Body title={t('Asked')} body={value.request} />
      <Body title={t('Answered')} body={value.answer} />
      {value.redactions > 0 && <p class="muted">{t('Taken out: {count}', { count: value.redactions })}</p>}
    </>
  );
}

const MOST_ROWS = 16;

function Body({ title, body }: { title: string; body: KeptBody }) {
  const text = body.truncated ? `${body.text}…` : indented(body.text);
  return (
    <label class="body">
      <span>
        {title} <span class="muted">{bytes(body.bytes)}</span>
      </span>
      <textarea readOnly rows={Math.min(MOST_ROWS, text.split('\n').length + 1)} value={text} />
    </label>
  );
}

/** JSON that is whole is easier to read over several lines. */
function indented(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? JSON.stringify(value, undefined, 2) : text;
  } catch {
    return text;
  }
}
