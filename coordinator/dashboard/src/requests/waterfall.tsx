import type { Request } from '@ollama-coordinator/common';
import { duration } from '../format.js';
import { t } from '../words/words.js';

interface Phase {
  readonly name: 'queued' | 'loading' | 'prefill' | 'decode' | 'other';
  readonly ms: number;
}

/** Where the time of a request went. What Ollama did not tell is `other`; together they are the whole. Pure. */
function phasesOf(request: Request): readonly Phase[] {
  const { queue_ms, total_ms, load_ms = 0, prefill_ms = 0, decode_ms = 0, first_byte_ms } = request;
  let left = total_ms;
  const take = (ms: number) => {
    const taken = Math.max(0, Math.min(ms, left));
    left -= taken;
    return taken;
  };
  const queued = take(queue_ms);
  const loading = take(load_ms);
  const untilFirst = first_byte_ms === undefined ? 0 : Math.max(0, first_byte_ms - queued - loading);
  const prefill = take(prefill_ms > 0 ? prefill_ms : untilFirst);
  const decode = take(decode_ms > 0 ? decode_ms : first_byte_ms === undefined ? 0 : total_ms - first_byte_ms);
  const phases: Phase[] = [
    { name: 'queued', ms: queued },
    { name: 'loading', ms: loading },
    { name: 'prefill', ms: prefill },
    { name: 'decode', ms: decode },
    { name: 'other', ms: left },
  ];
  return phases.filter(({ ms }) => ms > 0);
}

/** The phases as one bar; `labelled`: with their names and times below. */
export function Waterfall({ request, labelled = false }: { request: Request; labelled?: boolean }) {
  if (request.total_ms <= 0) return null;
  const phases = phasesOf(request);
  const share = (ms: number) => ({ width: `${(ms / request.total_ms) * 100}%` });
  return (
    <>
      <span class={labelled ? 'phases phases-large' : 'phases'} aria-hidden="true">
        {phases.map(({ name, ms }) => (
          <span key={name} class={`phase phase-bar-${name}`} style={share(ms)} />
        ))}
      </span>
      {labelled && (
        <ul class="phase-names">
          {phases.map(({ name, ms }) => (
            <li key={name} class={`phase-name phase-name-${name}`}>
              {t(name)} {duration(ms)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
