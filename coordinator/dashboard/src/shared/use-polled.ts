import { useCallback, useEffect, useState } from 'preact/hooks';
import { type Answer, ask } from '../ask.js';

export interface Polled<T> {
  /** What was answered last; undefined until then. */
  readonly value: T | undefined;
  readonly problem: string | undefined;
  /** Of an answer that was a refusal; 0: none came. */
  readonly status: number | undefined;
  readonly refresh: () => Promise<void>;
}

/** Asks for the path every `everyMs` while the page is in sight; once where it is undefined. */
export function usePolled<T>(path: string, everyMs?: number): Polled<T> {
  const [answer, setAnswer] = useState<{ path: string; answer: Answer<T> }>();
  const refresh = useCallback(async () => {
    const fresh = await ask<T>(path);
    setAnswer({ path, answer: fresh });
  }, [path]);
  useEffect(() => {
    void refresh();
    if (everyMs === undefined) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void refresh();
    }, everyMs);
    return () => clearInterval(timer);
  }, [refresh, everyMs]);
  const current = answer?.path === path ? answer.answer : undefined;
  if (current === undefined) return { value: undefined, problem: undefined, status: undefined, refresh };
  if (current.ok) return { value: current.value, problem: undefined, status: undefined, refresh };
  return { value: undefined, problem: current.problem, status: current.status, refresh };
}
