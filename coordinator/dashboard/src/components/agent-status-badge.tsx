import type { Agent, AgentStatus, OllamaSetup, Pause } from '@ollama-coordinator/common';
import { bytes, dayAndTime, duration, percent } from '../format.js';
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

const SETUP_STEPS: Readonly<Record<OllamaSetup['step'], Words>> = {
  looking: 'looks for Ollama',
  downloading: 'downloads Ollama',
  verifying: 'verifies what was downloaded',
  unpacking: 'unpacks Ollama',
  starting: 'starts Ollama',
  pulling: 'pulls a first model',
  failed: 'has no Ollama',
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
      {ollamaDown && agent.ollama_setup === undefined && <span class="detail bad">{t('Ollama is down')}</span>}
      {agent.ollama_setup !== undefined && agent.status !== 'offline' && <SetupNote setup={agent.ollama_setup} />}
      {agent.state === 'paused' && agent.status !== 'offline' && <PauseNote agent={agent} />}
    </>
  );
}

/** How far the machine is with getting an Ollama, or its first model. */
function SetupNote({ setup }: { setup: OllamaSetup }) {
  const { step, done_bytes: done, total_bytes: total, bytes_per_s: speed, eta_s: etaS, problem } = setup;
  const figures = [
    ...(done === undefined || !total ? [] : [percent(done / total), `${bytes(done)} / ${bytes(total)}`]),
    ...(speed ? [`${bytes(speed)}/s`] : []),
    ...(etaS === undefined ? [] : [t('{time} left', { time: duration(1000 * Math.ceil(etaS)) })]),
  ];
  return (
    <span class={problem === undefined ? 'detail' : 'detail bad'} title={problem}>
      {[t(SETUP_STEPS[step]), ...(problem === undefined ? figures : [problem])].join(' · ')}
    </span>
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
