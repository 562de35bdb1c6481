import { useState } from 'preact/hooks';
import type { CallName } from '../../src/ipc/channels.js';
import type { Answer } from '../../src/ipc/contract.js';

export interface Act {
  readonly isBusy: boolean;
  readonly problem: string | undefined;
  /** Gives the outcome; undefined where there is none, and then `problem` says why. */
  run<Name extends CallName>(call: Promise<Answer<Name>>): Promise<Extract<Answer<Name>, { ok: true }> | undefined>;
}

/** Has the program do something, and keeps what it says against it. */
export function useAct(): Act {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  return {
    isBusy,
    problem,
    async run(call) {
      setBusy(true);
      setProblem(undefined);
      try {
        const answer = await call;
        if (answer.ok) return answer;
        setProblem(answer.problem);
      } catch (error) {
        setProblem(String(error));
      } finally {
        setBusy(false);
      }
      return undefined;
    },
  };
}
