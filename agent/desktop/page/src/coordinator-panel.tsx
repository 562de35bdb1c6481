import { useState } from 'preact/hooks';
import type { DesktopView } from '../../src/view/desktop-view.js';
import { desktop } from './desktop.js';
import { useWords } from './language.js';
import { useAct } from './use-act.js';
import { useVisitSteps, VisitOutcome } from './visit-steps.js';

/** Where the machine belongs, and joining by a link: all that somebody has to do who knows nothing but that link. */
export function CoordinatorPanel({ view }: { view: DesktopView }) {
  const t = useWords();
  const act = useAct();
  const steps = useVisitSteps(act);
  const [link, setLink] = useState('');
  const [isJoined, setJoined] = useState(false);
  const join = async (event: SubmitEvent) => {
    event.preventDefault();
    steps.begin();
    setJoined(false);
    const answer = await act.run(desktop.join({ link: link.trim() }));
    if (answer === undefined) return;
    setLink('');
    setJoined(true);
  };
  return (
    <section class="panel stack" aria-labelledby="coordinator">
      <h2 id="coordinator">{t('Coordinator')}</h2>
      <dl class="facts">
        <dt>{t('Address')}</dt>
        <dd>{view.agent.coordinatorUrl}</dd>
        <dt>{t('Connection')}</dt>
        <dd>{connection(view, t)}</dd>
      </dl>
      <form onSubmit={(event) => void join(event)}>
        <label class="field">
          <span class="field-label">{t('Link to join with')}</span>
          <span class="with-button">
            <input
              value={link}
              onInput={(event) => setLink(event.currentTarget.value)}
              placeholder="https://coordinator/join#token=join_…"
              autocomplete="off"
              spellcheck={false}
            />
            <button type="submit" class="primary" disabled={act.isBusy || link.trim() === ''}>
              {t('Join')}
            </button>
          </span>
          <span class="muted">{t('Whoever runs the coordinator makes one on its dashboard: “Add a machine”.')}</span>
        </label>
      </form>
      <VisitOutcome act={act} steps={steps} />
      {isJoined && (
        <p class="notice-good" role="status">
          {t('This machine has joined the fleet')}
        </p>
      )}
    </section>
  );
}

function connection({ agent }: DesktopView, t: ReturnType<typeof useWords>): string {
  if (agent.phase !== 'registered') return t('None');
  if (agent.waiting) return t('Waits for an administrator to approve it');
  if (agent.reached === 'direct') return t('The coordinator reaches this machine directly');
  return agent.reached === 'tunnel'
    ? t('Through a tunnel that this machine holds open')
    : t('Registered; the coordinator has not come in yet');
}
