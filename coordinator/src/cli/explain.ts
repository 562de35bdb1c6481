import { AppError, explanationSchema } from '@ollama-coordinator/common';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { readNumber } from './read-flags.js';
import { renderExplanation } from './render-explanation.js';

export const EXPLAIN_FLAGS = ['num-ctx', 'pin', 'caller', 'session', 'priority', 'prompt-tokens', 'output-tokens'];
export const EXPLAIN_USAGE = [
  'explain MODEL [--num-ctx N] [--pin AGENT] [--caller ID] [--session ID] [--priority interactive|batch]',
  '              [--prompt-tokens N] [--output-tokens N] [--json]',
];

/** `ollama-coordinator explain MODEL`: where a request would go, as a table or as JSON. */
export async function explain(flags: Flags, env: Env, [model, ...rest]: readonly string[]): Promise<number> {
  if (model === undefined || rest.length > 0)
    throw new AppError('BAD_REQUEST', { details: { reason: `it is "ollama-coordinator ${EXPLAIN_USAGE[0]}"` } });
  const numCtx = readNumber('num-ctx', flags['num-ctx']);
  const asked = {
    model,
    options: numCtx === undefined ? {} : { num_ctx: numCtx },
    pin: flags.pin,
    caller: flags.caller,
    session: flags.session,
    priority: flags.priority,
    prompt_tokens: readNumber('prompt-tokens', flags['prompt-tokens']),
    output_tokens: readNumber('output-tokens', flags['output-tokens']),
  };
  const explanation = explanationSchema.parse(await askCoordinator('/api/coordinator/explain', flags, env, 'POST', asked));
  process.stdout.write(`${flags.json === undefined ? renderExplanation(explanation) : JSON.stringify(explanation, undefined, 2)}\n`);
  return 0;
}
