import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../words/words.js';

/** Asks for the API key when the coordinator wants one. */
export function KeyPrompt({ problem, onKey }: { problem: string | undefined; onKey: (key: string) => void }) {
  const [key, setKey] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    if (key.trim() !== '') onKey(key.trim());
  };
  return (
    <section class="panel key-prompt" aria-labelledby="key-title">
      <h2 id="key-title">{t('This coordinator needs a key')}</h2>
      <form onSubmit={submit}>
        <label for="key">{t('API key')}</label>
        <div class="key-line">
          <input
            id="key"
            ref={input}
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={key}
            aria-describedby={problem === undefined ? 'key-hint' : 'key-problem key-hint'}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
          <button type="submit">{t('Sign in')}</button>
        </div>
        {problem !== undefined && (
          <p id="key-problem" class="bad" role="alert">
            {problem}
          </p>
        )}
        <p id="key-hint" class="muted">
          {t(
            'The coordinator printed the first one when it was first started. This page does not keep it: you are signed in for an hour, and longer while it is open.',
          )}
        </p>
      </form>
    </section>
  );
}
