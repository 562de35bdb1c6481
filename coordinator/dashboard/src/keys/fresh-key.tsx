import type { CreatedKey } from '@ollama-coordinator/common';
import { CommandLine } from '../components/command-line.js';

/** The one time that a key is seen. */
export function FreshKey({ created, onDone }: { created: CreatedKey; onDone: () => void }) {
  return (
    <div class="panel fresh-key" role="status">
      <p>
        The key <strong>{created.name}</strong>. Copy it: it is not shown again.
      </p>
      <CommandLine command={created.key} />
      <button type="button" onClick={onDone}>
        I have it
      </button>
    </div>
  );
}
