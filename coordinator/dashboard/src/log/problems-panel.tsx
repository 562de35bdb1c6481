import { t } from '../words/words.js';
import type { Problem } from './find-problems.js';

/** What is wrong, and what to do. */
export function ProblemsPanel({ problems }: { problems: readonly Problem[] }) {
  return (
    <section class="panel problems" aria-labelledby="problems-title">
      <h2 id="problems-title">{t('What is wrong')}</h2>
      {problems.length === 0 ? (
        <p class="muted">{t('Nothing, as far as this page knows.')}</p>
      ) : (
        <ul>
          {problems.map(({ id, severity, what, todo }) => (
            <li key={id} class={`problem problem-${severity}`} data-problem={id}>
              <strong>{what}</strong> <span class="muted">{todo}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
