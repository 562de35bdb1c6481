import type { Agent } from '@ollama-coordinator/common';
import { ConfirmButton } from '../shared/confirm-button.js';
import { useAction } from '../shared/use-action.js';
import { t } from '../words/words.js';

/** Lets an agent that waits for it serve, or turns it away for good. */
export function ApprovalButtons({ agent: { id, name } }: { agent: Agent }) {
  const action = useAction();
  const decide = (verb: string) => void action.run(`/api/agents/${encodeURIComponent(id)}/${verb}`, 'POST');
  return (
    <>
      <button
        type="button"
        class="small primary"
        disabled={action.busy}
        aria-label={t('Approve {name}', { name })}
        onClick={() => decide('approve')}
      >
        {t('Approve')}
      </button>
      <ConfirmButton
        label={t('Refuse')}
        about={t('Refuse {name}', { name })}
        confirm={t('Refuse for good')}
        onConfirm={() => decide('revoke')}
      />
      {action.problem !== undefined && (
        <span class="detail bad" role="alert">
          {action.problem}
        </span>
      )}
    </>
  );
}
