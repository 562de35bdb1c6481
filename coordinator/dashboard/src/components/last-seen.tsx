import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { age } from '../format.js';
import { useNow } from '../now.js';
import { t } from '../words/words.js';

const SeenContext = createContext<ReadonlyMap<string, number>>(new Map());

/** When the agents below it were last heard. Of a whole row only the age is drawn again when one is. */
export const SeenProvider = SeenContext.Provider;

export function LastSeen({ id }: { id: string }) {
  const nowMs = useNow();
  const atMs = useContext(SeenContext).get(id);
  if (atMs === undefined) return <span class="detail">{t('not yet')}</span>;
  return <time dateTime={new Date(atMs).toISOString()}>{age(nowMs - atMs)}</time>;
}
