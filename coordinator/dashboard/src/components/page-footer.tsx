import type { PageState } from '../../../src/dashboard/page-state.js';
import { t } from '../words/words.js';

export function PageFooter({ fleet }: { fleet: PageState | undefined }) {
  if (fleet === undefined) return null;
  return (
    <footer class="page-footer">
      <span>{t('coordinator {version}', { version: fleet.coordinatorVersion })}</span>
      <span>{t('replica {replica}', { replica: fleet.replica })}</span>
      <span class={fleet.redis === 'up' ? '' : 'bad'}>
        {fleet.redis === 'up' ? t('Redis up') : t('Redis down: serving on from memory')}
      </span>
    </footer>
  );
}
