import type { FoundCoordinator } from '@ollama-coordinator/agent';
import { useState } from 'preact/hooks';
import { desktop } from './desktop.js';
import { useWords } from './language.js';
import { useAct } from './use-act.js';

/** Lists the coordinators that answer in this network; choosing one only writes its address into the field. */
export function FindButton({ onChosen }: { onChosen: (url: string) => void }) {
  const t = useWords();
  const act = useAct();
  const [found, setFound] = useState<readonly FoundCoordinator[]>();
  const find = async () => {
    setFound(undefined);
    setFound((await act.run(desktop.findCoordinators(null)))?.value);
  };
  const choose = (url: string) => {
    setFound(undefined);
    onChosen(url);
  };
  return (
    <div class="stack">
      <div class="row">
        <button type="button" disabled={act.isBusy} onClick={() => void find()}>
          {t('Find coordinators in this network')}
        </button>
        {act.isBusy && (
          <span class="muted" role="status">
            {t('One moment …')}
          </span>
        )}
      </div>
      {found?.length === 0 && <p role="status">{t(NOTHING)}</p>}
      {found !== undefined && found.length > 0 && (
        <>
          <ul class="found">
            {found.map(({ name, url }) => (
              <li key={url}>
                <button type="button" onClick={() => choose(url)}>
                  {name}: {url}
                </button>
              </li>
            ))}
          </ul>
          <p class="muted" role="status">
            {t('Anybody in this network may answer: choose one that you know, and test the connection.')}
          </p>
        </>
      )}
      {act.problem !== undefined && (
        <p class="notice-bad" role="alert">
          {act.problem}
        </p>
      )}
    </div>
  );
}

const NOTHING =
  'None answered. One is found only from the same network, and where it lets itself be found; else ask whoever runs it for a link to join with.';
