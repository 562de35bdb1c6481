import { AppError, type ExplainRequest, type Explanation, explainRequestSchema, LOAD_OPTIONS } from '@ollama-coordinator/common';
import type { CallerId } from '@ollama-coordinator/common/balancing';
import type { Balancing } from '../../balancing/create-balancing.js';
import type { Expectations } from '../../balancing/learned/expectations.js';
import type { Routing } from '../../routing/create-routing.js';
import { hypotheticalRequest } from '../../routing/hypothetical-request.js';
import type { ApiHandlers } from '../api-app.js';
import { parseInput } from '../parse-input.js';

export interface ExplainHandlerDeps {
  readonly balancing: Pick<Balancing, 'explain'>;
  readonly routing: Pick<Routing, 'foresee' | 'aliasFor'>;
  readonly expectations: Pick<Expectations, 'outputTokens'>;
}

/** `GET` and `POST /api/coordinator/explain`: where a request would go, and why. */
export function createExplainHandler({ balancing, routing, expectations }: ExplainHandlerDeps): Pick<ApiHandlers, 'explain'> {
  const explain = (asked: ExplainRequest, caller: CallerId, notes: readonly string[]): Explanation => {
    const { facts, preferred, notes: further } = routing.foresee(hypotheticalRequest(asked, caller, expectations));
    return balancing.explain(facts, { pin: asked.pin, among: preferred?.includes, notes: [...notes, ...further] });
  };
  return {
    explain: (req, res, { caller }) => {
      const asked = parseInput(explainRequestSchema, req.method === 'GET' ? fromQuery(req.query) : req.body);
      const from = asked.caller ?? caller.id;
      const alias = routing.aliasFor(asked.model, caller);
      const models = alias?.models.map((model) => () => explain({ ...asked, model }, from, [`${alias.name} stands for ${model}`]));
      res.json(models ? firstThatCan(models) : explain(asked, from, []));
    },
  };
}

/** Of the models behind an alias: the first that a slot is free for, else the first that somebody may have, else the first. */
function firstThatCan(explanations: readonly (() => Explanation)[]): Explanation | undefined {
  const made: Explanation[] = [];
  for (const explain of explanations) {
    const explanation = explain();
    made.push(explanation);
    if (explanation.choice.agent_id !== undefined && !explanation.choice.waits) return explanation;
  }
  return made.find(({ choice }) => choice.agent_id !== undefined) ?? made[0];
}

/** Load options stand beside the other parameters: `?model=llama3&num_ctx=8192`. */
function fromQuery(query: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isOption = (name: string) => (LOAD_OPTIONS as readonly string[]).includes(name);
  const entries = Object.entries(query);
  const options = entries.filter(([name]) => isOption(name)).map(([name, value]) => [name, readOption(name, value)]);
  return { ...Object.fromEntries(entries.filter(([name]) => !isOption(name))), options: Object.fromEntries(options) };
}

function readOption(name: string, value: unknown): number | boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value);
  throw new AppError('BAD_REQUEST', { details: { reason: `${name}: must be a whole number, true or false` } });
}
