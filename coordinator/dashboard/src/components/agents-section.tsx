import type { Agent } from '@ollama-coordinator/common';
import type { PageState } from '../../../src/dashboard/page-state.js';
import { AgentRow } from './agent-row.js';
import { EmptyFleet } from './empty-fleet.js';

export function AgentsSection({ fleet, mayOperate }: { fleet: PageState; mayOperate: boolean }) {
  const agents = [...fleet.agents.values()].sort(byNameOfflineLast);
  return (
    <section aria-labelledby="agents-title">
      <h2 id="agents-title">Agents</h2>
      {agents.length === 0 ? (
        <EmptyFleet />
      ) : (
        <table class="table agents">
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <th scope="col">Status</th>
              <th scope="col">Models and slots</th>
              <th scope="col" class="number">
                In flight
              </th>
              <th scope="col">Load</th>
              <th scope="col">Last seen</th>
            </tr>
          </thead>
          <tbody>
            {agents.map((agent) => (
              <AgentRow key={agent.id} agent={agent} lastSeenAtMs={fleet.lastSeenAtMs.get(agent.id)} mayOperate={mayOperate} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Rows keep their places while loads change; the ones that cannot serve go to the end. */
function byNameOfflineLast(a: Agent, b: Agent): number {
  const offline = Number(a.status === 'offline') - Number(b.status === 'offline');
  return offline || a.name.localeCompare(b.name, undefined, { numeric: true }) || a.id.localeCompare(b.id);
}
