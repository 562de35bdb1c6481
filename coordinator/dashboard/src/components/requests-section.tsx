import type { PageState } from '../../../src/dashboard/page-state.js';
import { CommandLine } from './command-line.js';
import { RequestRow } from './request-row.js';

export function RequestsSection({ fleet }: { fleet: PageState }) {
  const requests = [...fleet.requests.values()].sort((a, b) => b.received_at.localeCompare(a.received_at) || b.id.localeCompare(a.id));
  return (
    <section aria-labelledby="requests-title">
      <h2 id="requests-title">Requests</h2>
      {requests.length === 0 ? (
        <div class="panel empty">
          <p class="empty-title">No request yet</p>
          <p>Point any Ollama or OpenAI client at {location.origin}, or try:</p>
          <CommandLine command={sampleCommand(fleet)} />
        </div>
      ) : (
        <table class="table requests">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Model</th>
              <th scope="col">Agent</th>
              <th scope="col">Status</th>
              <th scope="col" class="number phase-queue">
                Queue
              </th>
              <th scope="col" class="number phase-first-byte">
                First byte
              </th>
              <th scope="col" class="number phase-rest">
                Total
              </th>
              <th scope="col" class="number">
                Tokens
              </th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {requests.map((request) => (
              <RequestRow key={request.id} request={request} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** A request that works with a model that the fleet has. */
function sampleCommand(fleet: PageState): string {
  const models = [...fleet.agents.values()].filter((agent) => agent.status === 'online').flatMap((agent) => agent.models);
  const body = { model: models[0]?.name ?? 'llama3.2', prompt: 'Why is the sky blue?' };
  return `curl ${location.origin}/api/generate -d '${JSON.stringify(body)}'`;
}
