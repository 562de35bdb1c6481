import { normalizeModelName } from '@ollama-coordinator/common';
import { demandModel } from '../../credentials/permissions.js';
import type { VerbHandler } from '../../http/handle-verb.js';
import { readVerbBody, textOf } from '../../http/read-verb-body.js';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import { agentsFor, bySoonest, holdersOf } from '../find-agents.js';
import { firstAnswer } from '../first-answer.js';
import { relayAnswer } from '../relay-answer.js';
import { variantsOf } from '../variants.js';
import { badRequest, refuseAlias, type VerbDeps } from './verb-deps.js';

const PUSH = { struct: 'PushRequest', fields: { model: 'string', name: 'string', stream: 'bool', insecure: 'bool' } } as const;

/**
 * `POST /api/push`: from one agent that has the model, of the build that requests go to, with that machine's key. Where nobody
 * has it any Ollama says so in its own words.
 */
export function createPushModel(deps: VerbDeps): VerbHandler {
  const { fleet, ask, policy, clock, bodyLimitBytes, registries } = deps;
  return async (context) => {
    const { bytes, fields } = await readVerbBody(context, bodyLimitBytes, PUSH);
    const model = textOf(fields.model) || textOf(fields.name);
    if (model === '') throw badRequest('model is required');
    demandModel(context.caller, model);
    registries.demand(context.caller, model, fields.insecure === true);
    const name = normalizeModelName(model);
    const agents = agentsFor(context, fleet.snapshot()).filter(({ status }) => status !== 'offline');
    const holders = variantsOf(name, holdersOf(name, agents), policy.wanted(name)).flatMap((variant) =>
      [...variant.holders].sort(bySoonest),
    );
    if (holders.length === 0) refuseAlias(model, context, deps);
    const question = { method: 'POST', path: '/api/push', requestId: context.id, body: bytes } as const;
    const push = (agent: AgentRecord, signal: AbortSignal) => ask(agent, { ...question, signal });
    // Nothing is pushed twice: the next agent is asked only where the one before could not begin.
    const answer = await firstAnswer(holders.length > 0 ? holders : [...agents].sort(bySoonest), push, { hedgeMs: undefined, clock });
    await relayAnswer(context, answer, { fleet });
  };
}
