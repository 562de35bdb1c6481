import { desktop } from './desktop.js';
import { useWords } from './language.js';
import { useAct } from './use-act.js';

/** Nothing where the system has no such thing. */
export function LoginSwitch({ isOn }: { isOn: boolean | undefined }) {
  const t = useWords();
  const act = useAct();
  if (isOn === undefined) return null;
  return (
    <div class="stack">
      <label class="switch">
        <span class="field-label">{t('Start when I log in')}</span>
        <input
          type="checkbox"
          role="switch"
          checked={isOn}
          aria-checked={isOn}
          disabled={act.isBusy}
          onChange={(event) => void act.run(desktop.setStartAtLogin({ on: event.currentTarget.checked }))}
        />
      </label>
      {act.problem !== undefined && (
        <p class="notice-bad" role="alert">
          {act.problem}
        </p>
      )}
    </div>
  );
}
