import type { Attempt, Clock } from '@ollama-coordinator/common';

/** An attempt of this replica, and when it ended by its own clock. */
export interface OwnAttempt {
  readonly attempt: Attempt;
  readonly atMs: number;
}

/** The attempts of this replica that the stream has not shown yet, and which of them are taken in before it does. */
export interface OwnAttempts {
  /** It has ended. */
  add(attempt: Attempt): void;
  /** The stream shows it. Undefined where it is another replica's, or no longer kept. */
  cameBy(key: string): Attempt | undefined;
  /** Those that were taken in. */
  taken(): Iterable<OwnAttempt>;
}

export interface OwnAttemptsDeps {
  readonly clock: Pick<Clock, 'now' | 'setTimeout'>;
  /** Takes attempts in (at least one), each once. */
  readonly take: (attempts: readonly OwnAttempt[]) => void;
}

/** Kept at most; while Redis is away the oldest are only in the figures. */
const MOST_PENDING = 4000;
/**
 * Of attempts closer together than this only the first is taken in at once. The others wait so long for the stream, which mostly is sooner: what
 * one more of hundreds says can wait, and taking it in twice would double what learning costs.
 */
const PATIENCE_MS = 500;
/** More do not wait: the stream is late. */
const MOST_WAITING = MOST_PENDING / 2;

export function attemptKey({ request_id, attempt }: Pick<Attempt, 'request_id' | 'attempt'>): string {
  return `${request_id} ${attempt}`;
}

export function createOwnAttempts({ clock, take }: OwnAttemptsDeps): OwnAttempts {
  const pending = new Map<string, OwnAttempt>();
  /** Not taken in. */
  const waiting = new Set<OwnAttempt>();
  let endedMs = Number.NEGATIVE_INFINITY;
  let looksLater = false;

  function takeDue(waitedMs: number): void {
    const nowMs = clock.now();
    const due = [...waiting].filter(({ atMs }) => Math.abs(nowMs - atMs) >= waitedMs);
    for (const own of due) waiting.delete(own);
    if (due.length > 0) take(due);
  }

  function takeLater(): void {
    if (looksLater) return;
    looksLater = true;
    clock.setTimeout(() => {
      looksLater = false;
      takeDue(PATIENCE_MS);
      if (waiting.size > 0) takeLater();
    }, PATIENCE_MS);
  }

  return {
    add(attempt) {
      const own = { attempt, atMs: clock.now() };
      const isAlone = Math.abs(own.atMs - endedMs) >= PATIENCE_MS;
      endedMs = own.atMs;
      pending.set(attemptKey(attempt), own);
      if (pending.size > MOST_PENDING) deleteFirst(pending);
      waiting.add(own);
      if (isAlone || waiting.size > MOST_WAITING) takeDue(0);
      else takeLater();
    },
    cameBy(key) {
      const own = pending.get(key);
      if (own === undefined) return undefined;
      pending.delete(key);
      waiting.delete(own);
      return own.attempt;
    },
    *taken() {
      for (const own of pending.values()) if (!waiting.has(own)) yield own;
    },
  };
}

function deleteFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) return void map.delete(key);
}
