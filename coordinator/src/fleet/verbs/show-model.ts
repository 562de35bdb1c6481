import { AppError, normalizeModelName, replaceJsonValue } from '@ollama-coordinator/common';
import { demandModel } from '../../credentials/permissions.js';
import type { VerbHandler } from '../../http/handle-verb.js';
import { readVerbBody, textOf } from '../../http/read-verb-body.js';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import { askWhole, type WholeAnswer } from '../every-agent.js';
import { agentsFor, bySoonest, holdersOf } from '../find-agents.js';
import { firstAnswer } from '../first-answer.js';
import { findBehind } from '../present-variants.js';
import { sendAnswer } from '../relay-answer.js';
import { variantsOf } from '../variants.js';
import { badRequest, unknownModel, type VerbDeps } from './verb-deps.js';

const SHOW = { struct: 'ShowRequest', fields: { model: 'string', name: 'string', verbose: 'bool' } } as const;

/** Silence after which the next holder is asked too. Showing a model reads the head of one file. */
const HEDGE_MS = 1000;

/** `POST /api/show`: from one agent that has the model, of the build that requests go to; the next one when it fails or is slow. */
export function createShowModel(deps: VerbDeps): VerbHandler {
  const { fleet, aliases, policy, clock, verbTimeoutMs: timeoutMs, bodyLimitBytes } = deps;
  return async (context) => {
    const { bytes: sent, fields } = await readVerbBody(context, bodyLimitBytes, SHOW);
    const asked = textOf(fields.model) || textOf(fields.name);
    if (asked === '') throw badRequest('model is required');
    const alias = aliases.find(normalizeModelName(asked), context.caller);
    const model = (alias && findBehind(fleet.snapshot(), alias, policy)?.behind) ?? asked;
    const bytes = model === asked ? sent : replaceJsonValue(sent, ['model'], JSON.stringify(model));
    demandModel(context.caller, model);
    const name = normalizeModelName(model);
    const holders = holdersOf(name, agentsFor(context, fleet.snapshot()));
    if (holders.length === 0) throw unknownModel(model, `model '${name}' not found`);
    const agents = inOrder(name, holders, policy.wanted(name));
    let refused: WholeAnswer | undefined;
    const ask = async (agent: AgentRecord, signal: AbortSignal) => {
      const question = { method: 'POST', path: '/api/show', requestId: context.id, body: bytes, timeoutMs, signal } as const;
      const answer = await askWhole(agent, question, deps);
      if (answer.status < 400) return answer;
      refused = answer;
      throw new Error(`status ${answer.status}`);
    };
    try {
      sendAnswer(context, await firstAnswer(agents, ask, { hedgeMs: HEDGE_MS, clock }));
    } catch (failure) {
      if (!refused) throw failure;
      sendAnswer(context, refused);
    }
  };
}

/** Holders of the build that requests go to first, of the others last. Throws ALL_AGENTS_OFFLINE. */
function inOrder(name: string, holders: readonly AgentRecord[], wanted: string): readonly AgentRecord[] {
  const there = holders.filter(({ status }) => status !== 'offline');
  if (there.length > 0) return variantsOf(name, there, wanted).flatMap((variant) => [...variant.holders].sort(bySoonest));
  const agents = holders.map((agent) => agent.name).join(', ');
  throw new AppError('ALL_AGENTS_OFFLINE', { details: { model: name, agents }, retryAfterS: 5 });
}
