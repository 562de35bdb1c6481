import { desktop } from './desktop.js';
import { useWords } from './language.js';
import { useAct } from './use-act.js';
import { useVisitSteps, VisitOutcome } from './visit-steps.js';

/** Tries the address that stands in the field, saved or not. */
export function TestButton({ address }: { address: string }) {
  const t = useWords();
  const act = useAct();
  const steps = useVisitSteps(act);
  const test = () => {
    steps.begin();
    void act.run(desktop.testCoordinator({ coordinatorUrl: address }));
  };
  return (
    <>
      <div class="row">
        <button type="button" disabled={act.isBusy || address.trim() === ''} onClick={test}>
          {t('Test the connection')}
        </button>
        <span class="muted">{t('Tries both directions; this machine rests meanwhile.')}</span>
      </div>
      <VisitOutcome act={act} steps={steps} />
    </>
  );
}
