import type { Verdict } from '../balancing/ejection/ejections.js';
import type { AttemptResult } from '../forwarding/forward-attempt.js';

/** What Ollama (0.24 to 0.32) says when a model does not fit, or its runner dies while it is loaded. */
const CANNOT_LOAD = /system memory|out of memory|failed to load|unable to (load|allocate)|runner process|waiting for llama/i;

/** What an attempt says of its agent, beside what it says of the request. */
export function verdictOf(result: AttemptResult): Verdict {
  switch (result.kind) {
    case 'answered':
      return 'served';
    case 'broken':
      return 'agent-failed';
    case 'failed':
      return verdictOfFailure(result);
    default:
      return 'nothing';
  }
}

function verdictOfFailure({ reached, error, answer }: Extract<AttemptResult, { kind: 'failed' }>): Verdict {
  if (answer) return CANNOT_LOAD.test(answer.body.toString('latin1')) ? 'load-failed' : 'model-failed';
  // An Ollama that is too old for the route serves others well.
  if (error.code === 'ROUTE_NEEDS_OLLAMA') return 'nothing';
  if (!reached) return 'unreachable';
  return error.code === 'FIRST_BYTE_TIMEOUT' ? 'model-failed' : 'agent-failed';
}
