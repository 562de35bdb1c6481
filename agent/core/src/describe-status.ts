import { type AgentConfig, agentSchema, describeCause } from '@ollama-coordinator/common';
import { type CoordinatorPlace, createCoordinatorPool } from './coordinator/coordinator-pool.js';
import { type JsonAnswer, requestJson } from './http/request-json.js';
import { readAgentId } from './identity.js';

const TIMEOUT_MS = 5000;

/** What the coordinator knows of this machine's agent, as text; `ok` tells whether it is online. */
export async function describeStatus(config: AgentConfig): Promise<{ ok: boolean; text: string }> {
  const agentId = await readAgentId(config);
  if (agentId === undefined) return { ok: false, text: 'no agent has run here yet; start one with "ollama-agent run"' };
  const { coordinatorUrl } = config;
  let answer: JsonAnswer;
  try {
    answer = await ask(config, `/api/agents/${agentId}`);
  } catch (error) {
    const cause = describeCause(error);
    return { ok: false, text: `the coordinator at ${coordinatorUrl} does not answer (${cause}); is it running, and is the address right?` };
  }
  if (answer.status === 404)
    return { ok: false, text: `the coordinator at ${coordinatorUrl} does not know agent ${agentId}; start it with "ollama-agent run"` };
  if (answer.status === 401 || answer.status === 403)
    return { ok: false, text: `the coordinator at ${coordinatorUrl} tells this only with an API key; see its dashboard` };
  const parsed = agentSchema.safeParse(answer.body);
  if (!parsed.success) return { ok: false, text: `${coordinatorUrl} did not answer as a coordinator does (HTTP ${answer.status})` };
  const { name, status, pause, models, runners, in_flight, slots } = parsed.data;
  const text = `"${name}" (${agentId}) is ${pause === undefined ? status : pause.text}: ${models.length} models, ${runners.length} loaded, ${in_flight} requests running, ${slots} at once per model`;
  return { ok: status === 'online' || status === 'draining', text };
}

async function ask(place: CoordinatorPlace, path: string): Promise<JsonAnswer> {
  const agent = createCoordinatorPool(place, 0);
  try {
    return await requestJson({ url: place.coordinatorUrl + path, timeoutMs: TIMEOUT_MS, agent });
  } finally {
    agent.destroy();
  }
}
