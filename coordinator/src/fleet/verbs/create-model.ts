import { AppError, isModelName, normalizeModelName } from '@ollama-coordinator/common';
import { demandModel } from '../../credentials/permissions.js';
import type { VerbHandler } from '../../http/handle-verb.js';
import { readVerbBody, textOf } from '../../http/read-verb-body.js';
import type { RequestContext } from '../../http/request-context.js';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import { agentsFor, bySoonest, holdersOf } from '../find-agents.js';
import { findBlobs } from '../find-blobs.js';
import { firstAnswer } from '../first-answer.js';
import { relayAnswer } from '../relay-answer.js';
import { untilShown } from '../until-shown.js';
import { roomiest } from '../upload-homes.js';
import { variantsOf } from '../variants.js';
import { badRequest, type VerbDeps } from './verb-deps.js';

const OBJECT = 'map[string]string';
const CREATE = {
  struct: 'CreateRequest',
  fields: { model: 'string', name: 'string', from: 'string', stream: 'bool', files: OBJECT, adapters: OBJECT, draft_files: OBJECT },
} as const;

/**
 * `POST /api/create`: on one agent. Where files are named it is one that has all of them, else one that has `from`, else the
 * one with most free disk, whose Ollama then pulls `from`.
 */
export function createCreateModel(deps: VerbDeps): VerbHandler {
  const { fleet, ask, clock, bodyLimitBytes, registries } = deps;
  return async (context) => {
    const { bytes, fields } = await readVerbBody(context, bodyLimitBytes, CREATE);
    const model = textOf(fields.model) || textOf(fields.name);
    if (!isModelName(model)) throw badRequest('invalid model name');
    demandModel(context.caller, model);
    const from = textOf(fields.from);
    if (from !== '') demandModel(context.caller, from);
    // An Ollama that does not have it pulls it.
    if (from !== '') registries.demand(context.caller, from, false);
    const targets = await targetsOf(context, fields, deps);
    const question = { method: 'POST', path: '/api/create', requestId: context.id, body: bytes } as const;
    const before = fleet.snapshot();
    const create = (agent: AgentRecord, signal: AbortSignal) => ask(agent, { ...question, signal });
    const answer = await firstAnswer(targets, create, { hedgeMs: undefined, clock });
    const { id } = answer.agent;
    const isShown = ({ agents }: typeof before) => {
      const models = agents.get(id)?.models;
      return models !== before.agents.get(id)?.models && models?.has(normalizeModelName(model)) === true;
    };
    await relayAnswer(context, answer, {
      fleet,
      beforeEnd: (record) => (record.includes('"success"') ? untilShown(fleet, isShown, clock) : Promise.resolve()),
    });
  };
}

/** The agents that the model could be made on, the best first. Throws BLOBS_APART, or NO_CANDIDATE where none is there. */
async function targetsOf(
  context: RequestContext,
  { from, files, adapters, draft_files: draftFiles }: Readonly<Record<string, unknown>>,
  deps: VerbDeps,
): Promise<readonly AgentRecord[]> {
  const there = agentsFor(context, deps.fleet.snapshot()).filter(({ status }) => status !== 'offline');
  const base = normalizeModelName(textOf(from));
  const haveBase = variantsOf(base, holdersOf(base, there)).flatMap((variant) => [...variant.holders].sort(bySoonest));
  const digests = [files, adapters, draftFiles].flatMap((named) => Object.values(named ?? {}).map(textOf));
  if (digests.length > 0) {
    const haveBlobs = await findBlobs(context, digests, there, deps);
    return [...haveBlobs.filter((agent) => haveBase.includes(agent)), ...haveBlobs.filter((agent) => !haveBase.includes(agent))];
  }
  if (haveBase.length > 0) return haveBase;
  const room = roomiest(there);
  if (room) return [room];
  throw new AppError('NO_CANDIDATE', { details: { reason: 'no agent is there that the model could be made on' }, retryAfterS: 5 });
}
