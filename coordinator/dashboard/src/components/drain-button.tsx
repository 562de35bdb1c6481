import type { Agent } from '@ollama-coordinator/common';
import { useState } from 'preact/hooks';
import { ask } from '../ask.js';
import { t } from '../words/words.js';

/** Takes an agent out of service, or back into it. Its status tells when that is done; what went wrong is said here. */
export function DrainButton({ agent }: { agent: Agent }) {
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string>();
  const isDraining = agent.status === 'draining';
  if (agent.status === 'offline') return null;

  const change = async () => {
    setAsking(true);
    const answer = await ask(`/api/agents/${encodeURIComponent(agent.id)}/drain`, isDraining ? 'DELETE' : 'POST');
    setAsking(false);
    setProblem(answer.ok ? undefined : answer.problem);
  };
  return (
    <>
      <button
        type="button"
        class="small"
        aria-label={isDraining ? t('Resume {name}', { name: agent.name }) : t('Drain {name}', { name: agent.name })}
        disabled={isAsking}
        onClick={() => void change()}
      >
        {isDraining ? t('Resume') : t('Drain')}
      </button>
      {problem !== undefined && (
        <span class="detail bad" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
