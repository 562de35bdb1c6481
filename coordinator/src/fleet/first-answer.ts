import type { Clock, Timer } from '@ollama-coordinator/common';
import type { AgentRecord } from '../registry/fleet-snapshot.js';

export interface FirstAnswerOptions {
  /** Silence after which the next agent is asked as well; undefined: only when one failed, for what must not be done twice. */
  readonly hedgeMs: number | undefined;
  readonly clock: Pick<Clock, 'setTimeout'>;
}

/**
 * Asks agents in their order until one answers: the next when one fails or is slow. The first answer counts, the others are
 * given up. Rejects with what the last one failed with, when all did.
 */
export function firstAnswer<T>(
  agents: readonly AgentRecord[],
  ask: (agent: AgentRecord, signal: AbortSignal) => Promise<T>,
  { hedgeMs, clock }: FirstAnswerOptions,
): Promise<T> {
  const asked: AbortController[] = [];
  let failed = 0;
  let timer: Timer | undefined;

  return new Promise((resolve, reject) => {
    const askNext = () => {
      timer?.cancel();
      const agent = agents[asked.length];
      if (!agent) return;
      const asking = new AbortController();
      asked.push(asking);
      if (hedgeMs !== undefined) timer = clock.setTimeout(askNext, hedgeMs);
      ask(agent, asking.signal).then(
        (answer) => {
          timer?.cancel();
          for (const other of asked) if (other !== asking) other.abort();
          resolve(answer);
        },
        (failure: unknown) => {
          failed += 1;
          if (failed === agents.length) reject(failure);
          else askNext();
        },
      );
    };
    if (agents.length === 0) reject(new Error('there is no agent to ask'));
    else askNext();
  });
}
