import { useState } from 'preact/hooks';
import { t } from '../words/words.js';

interface ConfirmButtonProps {
  readonly label: string;
  /** Said to screen readers, where the label alone does not say what it is about. */
  readonly about?: string;
  /** What the second press does. */
  readonly confirm: string;
  readonly onConfirm: () => void;
}

/** Asks once more, where the button stood. */
export function ConfirmButton({ label, about = label, confirm, onConfirm }: ConfirmButtonProps) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <button type="button" class="small" aria-label={about} onClick={() => setAsking(true)}>
        {label}
      </button>
    );
  }
  const decide = () => {
    setAsking(false);
    onConfirm();
  };
  return (
    <span class="confirm">
      <button type="button" class="small dangerous" onClick={decide}>
        {confirm}
      </button>
      <button type="button" class="small" onClick={() => setAsking(false)}>
        {t('Keep')}
      </button>
    </span>
  );
}
