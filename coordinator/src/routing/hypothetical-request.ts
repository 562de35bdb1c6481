import { type ExplainRequest, normalizeModelName, runnerSignature } from '@ollama-coordinator/common';
import type { CallerId, Estimate, RequestFacts } from '@ollama-coordinator/common/balancing';
import type { Expectations } from '../balancing/learned/expectations.js';

/** Typical bytes of a token in English text and JSON. */
const BYTES_PER_TOKEN = 4;

/** The facts of a request that nobody sends, for explanations. `caller`: who it is thought to come from. */
export function hypotheticalRequest(
  asked: ExplainRequest,
  caller: CallerId,
  expectations: Pick<Expectations, 'outputTokens'>,
): RequestFacts {
  const model = normalizeModelName(asked.model);
  const told = (tokens: number): Estimate => ({ mean: tokens, p90: tokens, from: 'prior' });
  return {
    id: 'explained',
    attempt: 1,
    model,
    signature: runnerSignature(asked.model, asked.options),
    operation: asked.operation,
    caller,
    ...(asked.session === undefined ? {} : { session: asked.session }),
    priority: asked.priority,
    bodyBytes: BYTES_PER_TOKEN * asked.prompt_tokens,
    promptTokens: told(asked.prompt_tokens),
    outputTokens: asked.output_tokens === undefined ? expectations.outputTokens(model, caller) : told(asked.output_tokens),
    prefix: [],
  };
}
