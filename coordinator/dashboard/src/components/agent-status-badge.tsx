import type { Agent, AgentStatus } from '@ollama-coordinator/common';
import { t, type Words } from '../words/words.js';

const MEANINGS: Readonly<Record<AgentStatus, Words>> = {
  joining: 'registered, no heartbeat yet',
  online: 'serves requests',
  suspect: 'its watch is silent; chosen only when no other can serve',
  draining: 'finishes what it has and takes nothing more',
  offline: 'not heard within its time',
};

/** Colour, shape and word say the same. */
export function AgentStatusBadge({ agent }: { agent: Agent }) {
  const ollamaDown = agent.state === 'ollama_down' && agent.status !== 'offline';
  return (
    <>
      <span class={`badge badge-${agent.status}`} title={t(MEANINGS[agent.status])}>
        {t(agent.status)}
      </span>
      {ollamaDown && <span class="detail bad">{t('Ollama is down')}</span>}
      {agent.state === 'paused' && <span class="detail">{t('paused there')}</span>}
    </>
  );
}
