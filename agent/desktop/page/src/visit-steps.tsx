import { useEffect, useState } from 'preact/hooks';
import { desktop } from './desktop.js';
import { useWords } from './language.js';
import type { Act } from './use-act.js';

export interface VisitSteps {
  readonly sentences: readonly string[];
  begin(): void;
}

/** What is told while this act runs; a page has two that visit a coordinator. */
export function useVisitSteps({ isBusy }: Act): VisitSteps {
  const [sentences, setSentences] = useState<readonly string[]>([]);
  useEffect(() => (isBusy ? desktop.onStep((sentence) => setSentences((before) => [...before, sentence])) : undefined), [isBusy]);
  return { sentences, begin: () => setSentences([]) };
}

/** The steps of a visit, and what ended it. */
export function VisitOutcome({ act, steps }: { act: Act; steps: VisitSteps }) {
  const t = useWords();
  return (
    <>
      {act.isBusy && (
        <p class="muted" role="status">
          {t('One moment …')}
        </p>
      )}
      {steps.sentences.length > 0 && (
        <ul class="steps" aria-live="polite">
          {steps.sentences.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      {act.problem !== undefined && (
        <p class="notice-bad" role="alert">
          {act.problem}
        </p>
      )}
    </>
  );
}
