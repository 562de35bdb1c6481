import { age } from '../format.js';
import { useNow } from '../now.js';
import { t } from '../words/words.js';

export function LastSeen({ atMs }: { atMs: number | undefined }) {
  const nowMs = useNow();
  if (atMs === undefined) return <span class="detail">{t('not yet')}</span>;
  return <time dateTime={new Date(atMs).toISOString()}>{age(nowMs - atMs)}</time>;
}
