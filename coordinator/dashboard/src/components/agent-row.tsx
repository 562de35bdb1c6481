import type { Agent } from '@ollama-coordinator/common';
import type { AgentSamples } from '../fleet/telemetry.js';
import { VramBar } from '../fleet/vram-bar.js';
import { UNKNOWN } from '../format.js';
import { pure } from '../pure.js';
import { useMay } from '../shared/may.js';
import { t } from '../words/words.js';
import { AgentModels } from './agent-models.js';
import { AgentStatusBadge } from './agent-status-badge.js';
import { ApprovalButtons } from './approval-buttons.js';
import { DrainButton } from './drain-button.js';
import { LastSeen } from './last-seen.js';
import { LoadBars } from './load-bars.js';

interface AgentRowProps {
  readonly agent: Agent;
  readonly samples: AgentSamples | undefined;
  /** Its Ollama has another version than most. */
  readonly drifts: boolean;
  readonly onOpen: (id: string) => void;
}

export const AgentRow = pure(({ agent, samples, drifts, onOpen }: AgentRowProps) => (
  <tr class={agent.status === 'offline' ? 'offline' : ''} data-agent={agent.id}>
    <th scope="row" class="agent-name">
      <AgentName agent={agent} onOpen={onOpen} />
      <span class="detail">{agent.address}</span>
      <span class={drifts ? 'detail drift' : 'detail'}>
        {agent.ollama_version === '' ? t('Ollama version not known') : `Ollama ${agent.ollama_version}`}
        {drifts && ` · ${t('not as most')}`}
      </span>
      <Labels agent={agent} />
    </th>
    <td class="agent-status">
      <AgentStatusBadge agent={agent} />
      <OperatorsButton agent={agent} />
    </td>
    <td class="agent-models" data-label={t('Models and slots')}>
      <AgentModels agent={agent} />
      {agent.status !== 'offline' && <VramBar agent={agent} />}
    </td>
    <td class="number agent-in-flight" data-label={t('In flight')}>
      {agent.status === 'offline' ? UNKNOWN : agent.in_flight}
      {agent.foreign > 0 && <span class="detail">{t('+ {count} of others', { count: agent.foreign })}</span>}
      <TokensPerS samples={samples} />
    </td>
    <td class="agent-load" data-label={t('Load')}>
      {agent.status === 'offline' ? UNKNOWN : <LoadBars metrics={agent.metrics} samples={samples} />}
    </td>
    <td class="agent-seen" data-label={t('Last seen')}>
      <LastSeen id={agent.id} />
    </td>
  </tr>
));

function OperatorsButton({ agent }: Pick<AgentRowProps, 'agent'>) {
  const may = useMay();
  if (agent.admission === 'waiting') return may.admin ? <ApprovalButtons agent={agent} /> : null;
  return may.operate ? <DrainButton agent={agent} /> : null;
}

function AgentName({ agent, onOpen }: Pick<AgentRowProps, 'agent' | 'onOpen'>) {
  const may = useMay();
  if (!may.operate) return <span class="name">{agent.name}</span>;
  return (
    <button type="button" class="link name" title={t('Change or remove it')} onClick={() => onOpen(agent.id)}>
      {agent.name}
    </button>
  );
}

/** Of the answers that ended in the last seconds. */
function TokensPerS({ samples }: { samples: AgentSamples | undefined }) {
  const latest = samples?.tokensPerS.at(-1) ?? 0;
  return latest === 0 ? null : <span class="detail">{t('{count} tokens/s', { count: Math.round(latest) })}</span>;
}

function Labels({ agent: { labels, tier, weight } }: { agent: Agent }) {
  const texts = [
    ...Object.entries(labels).map(([name, value]) => (value === '' || value === 'true' ? name : `${name}=${value}`)),
    ...(tier === 0 ? [] : [t('tier {tier}', { tier })]),
    ...(weight === 1 ? [] : [t('weight {weight}', { weight })]),
  ];
  if (texts.length === 0) return null;
  return (
    <ul class="labels" aria-label={t('Labels')}>
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}
