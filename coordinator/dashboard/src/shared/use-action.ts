import { useState } from 'preact/hooks';
import { type Answer, ask } from '../ask.js';

export interface Action {
  readonly busy: boolean;
  readonly problem: string | undefined;
  /** True where the coordinator did it. */
  run(path: string, method: string, body?: unknown): Promise<boolean>;
}

/** Has the coordinator do something, and keeps what it says against it. */
export function useAction(onDone: () => void = () => {}): Action {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  return {
    busy,
    problem,
    async run(path, method, body) {
      setBusy(true);
      const answer: Answer<unknown> = await ask(path, method, body);
      setBusy(false);
      setProblem(answer.ok ? undefined : answer.problem);
      if (answer.ok) onDone();
      return answer.ok;
    },
  };
}
