import type { VerbHandler } from '../../http/handle-verb.js';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import { routeNeedsOllama } from '../../routing/route-support.js';
import { hasRoute } from '../../routing/route-versions.js';
import { askWhole } from '../every-agent.js';
import { agentsFor, bySoonest } from '../find-agents.js';
import { firstAnswer } from '../first-answer.js';
import { isPresent } from '../is-present.js';
import { sendAnswer } from '../relay-answer.js';
import type { VerbDeps } from './verb-deps.js';

/** Silence after which the next agent is asked too. */
const HEDGE_MS = 1000;

/** `GET /api/experimental/model-recommendations`: as one agent says whose Ollama has the route. */
export function createRecommendModels(deps: VerbDeps): VerbHandler {
  return async (context) => {
    const { path, id } = context;
    const agents = agentsFor(context, deps.fleet.snapshot()).filter(isPresent);
    const able = agents.filter(({ ollamaVersion }) => hasRoute(path, ollamaVersion));
    if (able.length === 0) throw routeNeedsOllama(path, agents);
    const ask = (agent: AgentRecord, signal: AbortSignal) =>
      askWhole(agent, { method: 'GET', path, requestId: id, timeoutMs: deps.verbTimeoutMs, signal }, deps);
    sendAnswer(context, await firstAnswer([...able].sort(bySoonest), ask, { hedgeMs: HEDGE_MS, clock: deps.clock }));
  };
}
