import type { RequestContext } from '../../http/request-context.js';
import { sendJson } from '../../http/send-json.js';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import type { InferenceRequest } from '../../routing/inference-request.js';
import { unknownModel } from '../../routing/unknown-model.js';
import { askEvery } from '../every-agent.js';
import { agentsFor, holdersOf } from '../find-agents.js';
import { isPresent } from '../is-present.js';
import { type Everywhere, settleEverywhere } from './settle-everywhere.js';
import type { VerbDeps } from './verb-deps.js';

export type UnloadModel = (context: RequestContext, request: InferenceRequest) => Promise<void>;

/**
 * A call without a prompt and with `keep_alive` 0: to every agent that has the model in memory, with whatever options. It takes
 * no slot, and waits for nobody: Ollama unloads when the last request has ended. Throws UNKNOWN_MODEL, or who did not do it.
 */
export function createUnloadModel(deps: Pick<VerbDeps, 'fleet' | 'ask' | 'clock' | 'verbTimeoutMs'>): UnloadModel {
  return async (context, request) => {
    const { model, route, body, facts } = request;
    const holders = holdersOf(facts.model, agentsFor(context, deps.fleet.snapshot()));
    if (holders.length === 0) throw unknownModel(model, route);
    const loaded = holders.filter((agent) => isPresent(agent) && hasLoaded(agent, facts.model));
    if (loaded.length === 0) return sendJson(context, 200, unloaded(request, deps.clock.now()));
    const question = {
      method: 'POST',
      path: route.path,
      requestId: context.id,
      body,
      signature: '',
      timeoutMs: deps.verbTimeoutMs,
    } as const;
    const everywhere: Everywhere = {
      model,
      verb: 'unloaded',
      isDone: ({ status }) => status === 200,
      isShown: ({ agents }, { id }) => !isIdleThere(agents.get(id), facts.model),
      answer: unloaded(request, deps.clock.now()),
    };
    await settleEverywhere(context, await askEvery(loaded, question, deps), everywhere, deps);
  };
}

/** What Ollama answers, also of a model that was not loaded. */
function unloaded({ model, route }: InferenceRequest, nowMs: number): object {
  const empty = route.operation === 'chat' ? { message: { role: 'assistant', content: '' } } : { response: '' };
  return { model, created_at: new Date(nowMs).toISOString(), ...empty, done: true, done_reason: 'unload' };
}

/** Under this name, or under another of the same digest. */
function hasLoaded({ runners, models }: AgentRecord, name: string): boolean {
  const digest = models.get(name)?.digest;
  return runners.some((runner) => runner.model === name || (runner.digest !== '' && runner.digest === digest));
}

function isIdleThere(agent: AgentRecord | undefined, name: string): boolean {
  return agent?.runners.some((runner) => runner.model === name && runner.in_flight === 0) === true;
}
