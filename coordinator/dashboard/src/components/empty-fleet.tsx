import { t } from '../words/words.js';
import { CommandLine } from './command-line.js';

/** What to do while nobody has joined. */
export function EmptyFleet() {
  return (
    <div class="panel empty">
      <p class="empty-title">{t('No agent yet')}</p>
      <p>{t('On each machine that runs Ollama, run:')}</p>
      <CommandLine command={`ollama-agent run --coordinator ${location.origin}`} />
      <p class="muted">
        {t(
          'It registers by itself and appears here within a second. Where keys are on, it also needs AGENT_JOIN_TOKEN, the token that the coordinator printed at its first start.',
        )}
      </p>
    </div>
  );
}
