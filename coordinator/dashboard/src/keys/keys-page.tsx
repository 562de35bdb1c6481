import type { CreatedKey } from '@ollama-coordinator/common';
import { useState } from 'preact/hooks';
import { ShownOnce } from '../shared/shown-once.js';
import { t } from '../words/words.js';
import { KeyForm } from './key-form.js';
import { KeyRow } from './key-row.js';
import { useKeys } from './use-keys.js';

/** The API keys, for administrators. */
export function KeysPage() {
  const { keys, used, problem, create, revoke } = useKeys();
  const [fresh, setFresh] = useState<CreatedKey>();
  return (
    <section aria-labelledby="keys-title" class="keys-page">
      <h2 id="keys-title">{t('API keys')}</h2>
      {problem !== undefined && (
        <p class="notice notice-bad" role="alert">
          {problem}
        </p>
      )}
      {fresh !== undefined && (
        <ShownOnce
          name={fresh.name}
          sentence={t('Copy the key: it is not shown again.')}
          secret={fresh.key}
          onDone={() => setFresh(undefined)}
        />
      )}
      <KeyForm create={create} onCreated={setFresh} />
      {keys !== undefined && (
        <table class="table keys">
          <thead>
            <tr>
              <th scope="col">{t('Name')}</th>
              <th scope="col">{t('May')}</th>
              <th scope="col">{t('Models and agents')}</th>
              <th scope="col">{t('Limits')}</th>
              <th scope="col">{t('Expires')}</th>
              <th scope="col" class="number">
                {t('Used in 30 days')}
              </th>
              <th scope="col">
                <span class="for-readers">{t('Revoke')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <KeyRow key={key.id} info={key} used={used.get(key.id)} onRevoke={() => revoke(key.id)} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
