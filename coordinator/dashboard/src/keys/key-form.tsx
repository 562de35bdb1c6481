import type { CreatedKey, CreateKey, KeyScope } from '@ollama-coordinator/common';
import { useState } from 'preact/hooks';
import type { Answer } from '../ask.js';
import { t, type Words } from '../words/words.js';

const SCOPES: readonly (readonly [KeyScope, Words])[] = [
  ['infer', 'use models'],
  ['read', 'see the fleet'],
  ['operate', 'change models and agents'],
  ['admin', 'everything, keys included'],
];
const LIMITS = [
  ['requests_per_minute', 'Requests per minute'],
  ['tokens_per_minute', 'Tokens per minute'],
  ['tokens_per_day', 'Tokens per day'],
  ['concurrency', 'Requests at once'],
] as const;

interface KeyFormProps {
  readonly create: (wanted: CreateKey) => Promise<Answer<CreatedKey>>;
  readonly onCreated: (created: CreatedKey) => void;
}

/** Makes a key. What is left empty does not limit it. */
export function KeyForm({ create, onCreated }: KeyFormProps) {
  const [problem, setProblem] = useState<string>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const answer = await create(readForm(new FormData(form)));
    setProblem(answer.ok ? undefined : answer.problem);
    if (!answer.ok) return;
    form.reset();
    onCreated(answer.value);
  };
  return (
    <form class="panel key-form" onSubmit={(event) => void submit(event)}>
      <label>
        {t('Name')}
        <input name="name" required maxLength={128} autocomplete="off" />
      </label>
      <fieldset>
        <legend>{t('May')}</legend>
        {SCOPES.map(([scope, words]) => (
          <label key={scope} class="choice">
            <input type="checkbox" name="scopes" value={scope} defaultChecked={scope === 'infer'} />
            {scope} <span class="muted">({t(words)})</span>
          </label>
        ))}
      </fieldset>
      <details>
        <summary>{t('Limits')}</summary>
        <div class="key-limits">
          <label>
            {t('Models, as llama3*, qwen3:8b')}
            <input name="models" autocomplete="off" />
          </label>
          <label>
            {t('Agents, as gpu-*, room=lab')}
            <input name="agents" autocomplete="off" />
          </label>
          <label>
            {t('Expires on')}
            <input name="expires_at" type="date" />
          </label>
          {LIMITS.map(([name, words]) => (
            <label key={name}>
              {t(words)}
              <input name={name} type="number" min={1} step={1} />
            </label>
          ))}
        </div>
      </details>
      {problem !== undefined && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" class="primary">
        {t('Make a key')}
      </button>
    </form>
  );
}

function readForm(form: FormData): CreateKey {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const list = (name: string) =>
    text(name)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  const [models, agents, expires] = [list('models'), list('agents'), text('expires_at')];
  const limits = LIMITS.flatMap(([name]) => (text(name) === '' ? [] : [[name, Number(text(name))]]));
  return {
    name: text('name'),
    scopes: form.getAll('scopes').map(String) as KeyScope[],
    ...(models.length === 0 ? {} : { models }),
    ...(agents.length === 0 ? {} : { agents }),
    ...(expires === '' ? {} : { expires_at: new Date(expires).toISOString() }),
    limits: Object.fromEntries(limits),
  };
}
