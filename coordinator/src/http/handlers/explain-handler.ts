import { AppError, explainRequestSchema, LOAD_OPTIONS } from '@ollama-coordinator/common';
import type { Balancing } from '../../balancing/create-balancing.js';
import type { Expectations } from '../../balancing/learned/expectations.js';
import { hypotheticalRequest } from '../../routing/hypothetical-request.js';
import type { ApiHandlers } from '../api-app.js';
import { parseInput } from '../parse-input.js';

export interface ExplainHandlerDeps {
  readonly balancing: Pick<Balancing, 'explain'>;
  readonly expectations: Pick<Expectations, 'outputTokens'>;
}

/** `GET` and `POST /api/coordinator/explain`: where a request would go, and why. */
export function createExplainHandler({ balancing, expectations }: ExplainHandlerDeps): Pick<ApiHandlers, 'explain'> {
  return {
    explain: (req, res, { caller }) => {
      const asked = parseInput(explainRequestSchema, req.method === 'GET' ? fromQuery(req.query) : req.body);
      const request = hypotheticalRequest(asked, asked.caller ?? caller.id, expectations);
      res.json(balancing.explain(request, { pin: asked.pin }));
    },
  };
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
