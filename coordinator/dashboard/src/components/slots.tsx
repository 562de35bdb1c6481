import { t } from '../words/words.js';

/** More than these are told as a number. */
const BLOCKS_MAX = 16;

/** Slots as blocks, the taken ones filled. */
export function Slots({ slots, inFlight }: { slots: number; inFlight: number }) {
  const taken = Math.min(slots, inFlight);
  if (slots > BLOCKS_MAX) {
    return <span class="slots-count">{t('{taken} of {slots} slots', { taken, slots })}</span>;
  }
  return (
    <span class="slots" role="img" aria-label={t('{taken} of {slots} slots taken', { taken, slots })}>
      {Array.from({ length: slots }, (_, slot) => (
        <span key={slot} class={slot < taken ? 'slot slot-taken' : 'slot'} />
      ))}
    </span>
  );
}
