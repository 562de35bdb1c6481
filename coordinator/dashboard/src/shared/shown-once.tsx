import { CommandLine } from '../components/command-line.js';
import { t } from '../words/words.js';

interface ShownOnceProps {
  readonly name: string;
  /** What to do with it, and that it does not come again. */
  readonly sentence: string;
  readonly secret: string;
  readonly onDone: () => void;
}

/** The one time that a key or a link is seen. */
export function ShownOnce({ name, sentence, secret, onDone }: ShownOnceProps) {
  return (
    <div class="panel shown-once" role="status">
      <p>
        <strong>{name}</strong>: {sentence}
      </p>
      <CommandLine command={secret} />
      <button type="button" onClick={onDone}>
        {t('I have it')}
      </button>
    </div>
  );
}
