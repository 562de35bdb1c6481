import type { DesktopView } from '../../src/view/desktop-view.js';
import { desktop } from './desktop.js';
import { useWords } from './language.js';
import { SetupProgress } from './setup-progress.js';
import { useAct } from './use-act.js';

const PAUSES = [
  ['For an hour', 60],
  ['For eight hours', 480],
  ['Until I resume', null],
] as const;

/** What the machine does at this moment, and the owner's two buttons. */
export function StatePanel({ view }: { view: DesktopView }) {
  const t = useWords();
  const act = useAct();
  const { state, line, agent, setup } = view;
  const canPause = agent.phase !== 'stopped' && agent.phase !== 'superseded';
  return (
    <section class="panel stack" aria-label={t('State')}>
      <div class="row between">
        <p class={`state state-${state}`} role="status">
          {line}
        </p>
        <button type="button" onClick={() => void act.run(desktop.openDashboard(null))}>
          {t('Open dashboard')}
        </button>
      </div>
      {setup !== undefined && <SetupProgress setup={setup} />}
      {agent.pause === undefined ? (
        <div class="row">
          <span>{t('Pause')}:</span>
          {PAUSES.map(([words, minutes]) => (
            <button key={words} type="button" disabled={!canPause || act.isBusy} onClick={() => void act.run(desktop.pause({ minutes }))}>
              {t(words)}
            </button>
          ))}
        </div>
      ) : (
        <div class="row">
          <button type="button" class="primary" disabled={act.isBusy} onClick={() => void act.run(desktop.resume(null))}>
            {t('Resume')}
          </button>
          <span class="muted">{t('What runs is finished first, and the models leave the memory.')}</span>
        </div>
      )}
      {act.problem !== undefined && (
        <p class="notice-bad" role="alert">
          {act.problem}
        </p>
      )}
    </section>
  );
}
