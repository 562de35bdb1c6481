import type { Estimate } from '@ollama-coordinator/common/balancing';
import type { AttemptResult } from '../forwarding/forward-attempt.js';

/**
 * What the caller's key is charged for an attempt: the counts of Ollama's last record. Where there are none, because the caller left or
 * the agent broke off, the prompt as it was estimated and one token for each piece that was passed on: leaving early saves nothing.
 */
export function tokensCharged(result: AttemptResult, promptTokens: Pick<Estimate, 'mean'>, chunks: number): number {
  if (result.kind === 'busy' || result.kind === 'failed') return 0;
  if (result.kind !== 'client-left') {
    const { promptTokens: prompt = 0, outputTokens: output = 0 } = result.figures;
    if (prompt + output > 0 || result.head.status >= 400) return prompt + output;
  }
  return Math.ceil(promptTokens.mean) + chunks;
}
