import { useEffect, useState } from 'preact/hooks';
import { t } from '../words/words.js';

const COPIED_SHOWN_MS = 1500;

/** A command to copy. */
export function CommandLine({ command }: { command: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    navigator.clipboard.writeText(command).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <div class="command">
      <code>{command}</code>
      {/* A browser offers its clipboard to https and localhost only. */}
      {window.isSecureContext && (
        <button type="button" onClick={() => void copy()}>
          {copied ? t('Copied') : t('Copy')}
        </button>
      )}
    </div>
  );
}
