import type { DesktopView } from '../../src/view/desktop-view.js';
import { desktop } from './desktop.js';
import { useWords } from './language.js';
import { useAct } from './use-act.js';

/** The last things that went wrong, in the words that say what to do. */
export function ProblemsPanel({ view }: { view: DesktopView }) {
  const t = useWords();
  const act = useAct();
  const { problems, language } = view;
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short' });
  return (
    <section class="panel stack" aria-labelledby="problems">
      <div class="row between">
        <h2 id="problems">{t('Last problems')}</h2>
        {problems.length > 0 && (
          <button type="button" onClick={() => void act.run(desktop.forgetProblems(null))}>
            {t('Clear')}
          </button>
        )}
      </div>
      {problems.length === 0 && <p class="muted">{t('None')}</p>}
      <ul class="problems">
        {problems.map(({ atMs, text }) => (
          <li key={`${atMs} ${text}`}>
            <time dateTime={new Date(atMs).toISOString()}>{time.format(atMs)}</time>
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
