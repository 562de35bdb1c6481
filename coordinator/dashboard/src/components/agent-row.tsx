import type { Agent } from '@ollama-coordinator/common';
import { count, UNKNOWN } from '../format.js';
import { pure } from '../pure.js';
import { AgentModels } from './agent-models.js';
import { AgentStatusBadge } from './agent-status-badge.js';
import { DrainButton } from './drain-button.js';
import { LastSeen } from './last-seen.js';
import { LoadBars } from './load-bars.js';

interface AgentRowProps {
  readonly agent: Agent;
  readonly lastSeenAtMs: number | undefined;
  /** Whether who looks at the page may change agents. */
  readonly mayOperate: boolean;
}

export const AgentRow = pure(({ agent, lastSeenAtMs, mayOperate }: AgentRowProps) => (
  <tr class={agent.status === 'offline' ? 'offline' : ''} data-agent={agent.id}>
    <th scope="row" class="agent-name">
      <span class="name">{agent.name}</span>
      <span class="detail">{agent.address}</span>
      <span class="detail">{agent.ollama_version === '' ? 'Ollama version not known' : `Ollama ${agent.ollama_version}`}</span>
      <Labels labels={agent.labels} />
    </th>
    <td class="agent-status">
      <AgentStatusBadge agent={agent} />
      {mayOperate && <DrainButton agent={agent} />}
    </td>
    <td class="agent-models" data-label="Models and slots">
      <AgentModels agent={agent} />
    </td>
    <td class="number agent-in-flight" data-label="In flight">
      {agent.status === 'offline' ? UNKNOWN : agent.in_flight}
      {agent.foreign > 0 && <span class="detail">+ {count(agent.foreign, 'other')}</span>}
    </td>
    <td class="agent-load" data-label="Load">
      {agent.status === 'offline' ? UNKNOWN : <LoadBars metrics={agent.metrics} />}
    </td>
    <td class="agent-seen" data-label="Last seen">
      <LastSeen atMs={lastSeenAtMs} />
    </td>
  </tr>
));

function Labels({ labels }: { labels: Readonly<Record<string, string>> }) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <ul class="labels" aria-label="Labels">
      {entries.map(([name, value]) => (
        <li key={name}>{value === '' || value === 'true' ? name : `${name}=${value}`}</li>
      ))}
    </ul>
  );
}
