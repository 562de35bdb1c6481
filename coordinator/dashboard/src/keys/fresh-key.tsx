import type { CreatedKey } from '@ollama-coordinator/common';
import { CommandLine } from '../components/command-line.js';
import { t } from '../words/words.js';

/** The one time that a key is seen. */
export function FreshKey({ created, onDone }: { created: CreatedKey; onDone: () => void }) {
  return (
    <div class="panel fresh-key" role="status">
      <p>
        <strong>{created.name}</strong>: {t('Copy the key: it is not shown again.')}
      </p>
      <CommandLine command={created.key} />
      <button type="button" onClick={onDone}>
        {t('I have it')}
      </button>
    </div>
  );
}
