import { formatBytes } from '../../../../common/src/format-bytes.js';
import type { DesktopView } from '../../src/view/desktop-view.js';
import { useWords } from './language.js';

/** What this machine gives to others. */
export function SharesPanel({ view }: { view: DesktopView }) {
  const t = useWords();
  const { shares, agent } = view;
  const { ollama, name } = agent;
  return (
    <section class="panel stack" aria-labelledby="shares">
      <h2 id="shares">{t('What this machine shares')}</h2>
      <dl class="facts">
        <dt>{t('Name')}</dt>
        <dd>{name ?? '–'}</dd>
        <dt>Ollama</dt>
        <dd>{ollama?.up ? `${ollama.version}, ${agent.ollamaUrl}` : t('Ollama does not answer')}</dd>
        <dt>{t('Requests at once per model')}</dt>
        <dd>{shares?.slots ?? '–'}</dd>
        <dt>{t('Graphics memory')}</dt>
        <dd>{shares?.vramBytes === undefined ? t('Not known') : formatBytes(shares.vramBytes)}</dd>
        <dt>{t('Models')}</dt>
        <dd>
          {shares === undefined || shares.models.length === 0 ? (
            t('None')
          ) : (
            <ul class="models">
              {shares.models.map(({ name: model, bytes }) => (
                <li key={model} class={shares.loaded.includes(model) ? 'in-memory' : ''}>
                  {model} ({formatBytes(bytes)}
                  {shares.loaded.includes(model) && `, ${t('in memory')}`})
                </li>
              ))}
            </ul>
          )}
        </dd>
      </dl>
    </section>
  );
}
