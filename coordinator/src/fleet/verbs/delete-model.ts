import { normalizeModelName } from '@ollama-coordinator/common';
import { demandModel } from '../../credentials/permissions.js';
import type { VerbHandler } from '../../http/handle-verb.js';
import { readVerbBody, textOf } from '../../http/read-verb-body.js';
import { askEvery } from '../every-agent.js';
import { agentsFor, holdersOf } from '../find-agents.js';
import { type Everywhere, settleEverywhere } from './settle-everywhere.js';
import { badRequest, refuseAlias, unknownModel, type VerbDeps } from './verb-deps.js';

const DELETE = { struct: 'DeleteRequest', fields: { model: 'string', name: 'string' } } as const;

/** `DELETE /api/delete`: on every agent that has the model, whatever build of it. */
export function createDeleteModel(deps: VerbDeps): VerbHandler {
  return async (context) => {
    const { bytes, fields } = await readVerbBody(context, deps.bodyLimitBytes, DELETE);
    const model = textOf(fields.model) || textOf(fields.name);
    if (model === '') throw badRequest('model is required');
    demandModel(context.caller, model);
    const name = normalizeModelName(model);
    const holders = holdersOf(name, agentsFor(context, deps.fleet.snapshot()));
    if (holders.length === 0) refuseAlias(model, context, deps);
    const notFound = unknownModel(model, `model '${model}' not found`);
    if (holders.length === 0) throw notFound;
    const question = { method: 'DELETE', path: '/api/delete', requestId: context.id, body: bytes, timeoutMs: deps.verbTimeoutMs } as const;
    const outcomes = await askEvery(holders, question, deps);
    if (outcomes.every(({ answer }) => answer?.status === 404)) throw notFound;
    const everywhere: Everywhere = {
      model,
      verb: 'deleted',
      // Where somebody else deleted it meanwhile, it is gone as well.
      isDone: ({ status }) => status === 200 || status === 404,
      isShown: ({ agents }, { id }) => agents.get(id)?.models.has(name) !== true,
    };
    await settleEverywhere(context, outcomes, everywhere, deps);
  };
}
