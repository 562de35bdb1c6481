import { isModelName, normalizeModelName } from '@ollama-coordinator/common';
import { demandModel } from '../../credentials/permissions.js';
import type { VerbHandler } from '../../http/handle-verb.js';
import { readVerbBody, textOf } from '../../http/read-verb-body.js';
import { askEvery } from '../every-agent.js';
import { agentsFor, holdersOf } from '../find-agents.js';
import { type Everywhere, settleEverywhere } from './settle-everywhere.js';
import { badRequest, refuseAlias, unknownModel, type VerbDeps } from './verb-deps.js';

const COPY = { struct: 'CopyRequest', fields: { source: 'string', destination: 'string' } } as const;

/** `POST /api/copy`: on every agent that has the source, so that the copy is as far spread as it. */
export function createCopyModel(deps: VerbDeps): VerbHandler {
  return async (context) => {
    const { bytes, fields } = await readVerbBody(context, deps.bodyLimitBytes, COPY);
    const [source, destination] = [textOf(fields.source), textOf(fields.destination)];
    if (!isModelName(source)) throw badRequest(`source ${JSON.stringify(source)} is invalid`);
    if (!isModelName(destination)) throw badRequest(`destination ${JSON.stringify(destination)} is invalid`);
    for (const name of [source, destination]) demandModel(context.caller, name);
    const [from, to] = [normalizeModelName(source), normalizeModelName(destination)];
    const holders = holdersOf(from, agentsFor(context, deps.fleet.snapshot()));
    if (holders.length === 0) refuseAlias(source, context, deps);
    if (holders.length === 0) throw unknownModel(source, `model ${JSON.stringify(source)} not found`);
    const question = { method: 'POST', path: '/api/copy', requestId: context.id, body: bytes, timeoutMs: deps.verbTimeoutMs } as const;
    const outcomes = await askEvery(holders, question, deps);
    const everywhere: Everywhere = {
      model: source,
      verb: `copied to '${destination}'`,
      isDone: ({ status }) => status === 200,
      isShown: ({ agents }, { id }) => {
        const models = agents.get(id)?.models;
        return models?.get(to)?.digest === models?.get(from)?.digest;
      },
    };
    await settleEverywhere(context, outcomes, everywhere, deps);
  };
}
