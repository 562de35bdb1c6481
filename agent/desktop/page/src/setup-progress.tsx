import type { SetupView } from '../../src/view/setup-view.js';
import type { Words } from '../../src/words/words.js';
import { useWords } from './language.js';

/** In the order in which a machine without Ollama passes them; one that has Ollama begins further on. */
const STATIONS = [
  ['looking', 'Find'],
  ['downloading', 'Download'],
  ['verifying', 'Verify'],
  ['unpacking', 'Unpack'],
  ['starting', 'Start'],
  ['pulling', 'First model'],
] as const satisfies readonly (readonly [SetupView['phase'], Words])[];

/** How Ollama, or a first model, comes to this machine: where it is, how far, how fast, how long still. */
export function SetupProgress({ setup: { phase, step, figures, percent, problem } }: { setup: SetupView }) {
  const t = useWords();
  const at = STATIONS.findIndex(([name]) => name === phase);
  return (
    <fieldset class="setup stack">
      <legend>{t('How Ollama comes to this machine')}</legend>
      {at >= 0 && (
        <ol class="stations">
          {STATIONS.map(([name, words], index) => (
            <li key={name} class={index < at ? 'done' : ''} aria-current={index === at ? 'step' : undefined}>
              {t(words)}
            </li>
          ))}
        </ol>
      )}
      <p role="status">{step}</p>
      {figures !== undefined && (
        <div>
          <progress aria-label={step} max={100} {...(percent === undefined ? {} : { value: percent })} />
          <p class="muted">{figures}</p>
        </div>
      )}
      {problem !== undefined && (
        <p class="notice-bad" role="alert">
          {problem}
        </p>
      )}
    </fieldset>
  );
}
