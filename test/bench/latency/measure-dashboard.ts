import { once } from 'node:events';
import { DASHBOARD_PROTOCOL, dashboardMessageSchema } from '@ollama-coordinator/common';
import { WebSocket } from 'ws';

/** Milliseconds from sending a registration until a page that watches has been told of the agent, `times` agents. */
export async function measureDashboard(coordinatorUrl: string, times: number): Promise<readonly number[]> {
  const page = new WebSocket(`${coordinatorUrl.replace('http', 'ws')}/ws/dashboard`, DASHBOARD_PROTOCOL);
  await once(page, 'message');
  const elapsedMs: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const id = `shown-${index}`;
    const shown = untilShown(page, id);
    const startedAt = performance.now();
    await register(coordinatorUrl, id);
    elapsedMs.push((await shown) - startedAt);
    await fetch(`${coordinatorUrl}/api/agents/${id}`, { method: 'DELETE' });
  }
  page.terminate();
  return elapsedMs;
}

/** When the page was told; rejects after ten seconds. */
function untilShown(page: WebSocket, id: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`agent ${id} was not shown on the dashboard within 10 s`)), 10_000);
    const listen = (data: WebSocket.RawData) => {
      const message = dashboardMessageSchema.parse(JSON.parse(data.toString()));
      if (message.agents?.some((agent) => agent.id === id) !== true) return;
      clearTimeout(timer);
      page.off('message', listen);
      resolve(performance.now());
    };
    page.on('message', listen);
  });
}

async function register(coordinatorUrl: string, id: string): Promise<void> {
  const response = await fetch(`${coordinatorUrl}/api/agents/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      agent_id: id,
      incarnation: Date.now(),
      machine_name: id,
      ip_address: '127.0.0.1',
      port: 1,
      transport: 'direct',
    }),
  });
  if (!response.ok) throw new Error(`registration answered ${response.status}: ${await response.text()}`);
}
