import type { Agent, AgentStatus, Pause } from '@ollama-coordinator/common';
import { dayAndTime } from '../format.js';
import { t, type Words } from '../words/words.js';

const MEANINGS: Readonly<Record<AgentStatus, Words>> = {
  joining: 'registered, no heartbeat yet',
  online: 'serves requests',
  suspect: 'its watch is silent; chosen only when no other can serve',
  draining: 'finishes what it has and takes nothing more',
  offline: 'not heard within its time',
};

const PAUSES: Readonly<Record<Pause['by'], Words>> = {
  owner: 'paused by its owner',
  schedule: 'paused by its schedule',
  battery: 'paused while it runs on battery',
  gpu: 'paused while another program uses its graphics card',
};

/** Colour, shape and word say the same. */
export function AgentStatusBadge({ agent }: { agent: Agent }) {
  const ollamaDown = agent.state === 'ollama_down' && agent.status !== 'offline';
  return (
    <>
      <span class={`badge badge-${agent.status}`} title={t(MEANINGS[agent.status])}>
        {t(agent.status)}
      </span>
      {agent.admission !== undefined && (
        <span class="detail">{t(agent.admission === 'waiting' ? 'waits for approval' : 'turned away: its credential is void')}</span>
      )}
      {ollamaDown && <span class="detail bad">{t('Ollama is down')}</span>}
      {agent.state === 'paused' && agent.status !== 'offline' && <PauseNote agent={agent} />}
    </>
  );
}

function PauseNote({ agent: { pause, in_flight: running } }: { agent: Agent }) {
  return (
    <span class="detail" title={pause?.text}>
      {t(pause === undefined ? 'paused there' : PAUSES[pause.by])}
      {pause?.until !== undefined && ` ${t('until {time}', { time: dayAndTime(pause.until) })}`}
      {running > 0 && ` · ${t('{count} still running', { count: running })}`}
    </span>
  );
}
