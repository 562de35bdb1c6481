import type { RequestFacts } from '@ollama-coordinator/common/balancing';

let requests = 0;

/** A short chat with `model`, without load options. */
export function requestFacts(model: string, over: Partial<RequestFacts> = {}): RequestFacts {
  requests += 1;
  const guess = { mean: 100, p90: 200, from: 'prior' } as const;
  return {
    id: `request-${requests}`,
    attempt: 1,
    model,
    signature: model,
    operation: 'chat',
    caller: 'tester',
    priority: 'interactive',
    bodyBytes: 100,
    promptTokens: guess,
    outputTokens: guess,
    prefix: [],
    ...over,
  };
}
