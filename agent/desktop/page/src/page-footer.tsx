import type { UpdateState } from '../../src/auto-update.js';
import type { DesktopView } from '../../src/view/desktop-view.js';
import { desktop } from './desktop.js';
import { useWords } from './language.js';
import { useAct } from './use-act.js';

/** The version, and whether there is a newer one. */
export function PageFooter({ view }: { view: DesktopView }) {
  const t = useWords();
  const act = useAct();
  const { version, update } = view;
  return (
    <footer>
      <span>{t('Version {version}', { version })}</span>
      <span class="row">
        <span role="status">{updateText(update, t)}</span>
        {update.phase === 'ready' ? (
          <button type="button" onClick={() => void act.run(desktop.installUpdate(null))}>
            {t('Restart to update')}
          </button>
        ) : (
          update.phase !== 'off' && (
            <button
              type="button"
              disabled={act.isBusy || update.phase === 'downloading'}
              onClick={() => void act.run(desktop.checkForUpdate(null))}
            >
              {t('Look for a newer version')}
            </button>
          )
        )}
      </span>
    </footer>
  );
}

function updateText(update: UpdateState, t: ReturnType<typeof useWords>): string {
  switch (update.phase) {
    case 'off':
      return t('This copy does not update itself');
    case 'looking':
      return t('One moment …');
    case 'newest':
      return t('This is the newest version');
    case 'downloading':
      return t('Version {version} arrives: {percent} %', update);
    case 'ready':
      return t('Version {version} is installed at the next start', update);
    case 'failed':
      return update.problem;
  }
}
