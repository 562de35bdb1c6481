/** How an agent, or one model on it, fared lately, and whether it is kept out of the choice for it. Times are monotonic milliseconds. */
export interface Outlier {
  /** Failures since the last success. */
  readonly consecutive: number;
  /** Whether each of the last attempts succeeded, oldest first. */
  readonly recent: readonly boolean[];
  /** Ejections that followed each other; each lasts twice as long as the one before. */
  readonly ejections: number;
  /** Out until then, and on trial from then on; undefined while it is in. */
  readonly outUntilMs: number | undefined;
  /** When a trial last let it in again. */
  readonly returnedMs: number | undefined;
}

/** in: as any other · out: not chosen · trial: one request shall show · returning: chosen less often at first. */
export type Phase = 'in' | 'out' | 'trial' | 'returning';

export const EJECT_AFTER = 3;
export const RECENT_ATTEMPTS = 20;
export const LEAST_ATTEMPTS = 10;
export const FAILING_SHARE = 0.5;
export const FIRST_EJECTION_MS = 1000;
export const LONGEST_EJECTION_MS = 60_000;
export const SLOW_START_MS = 10_000;
/** Good behaviour after which the next ejection is a first one. */
export const FORGIVEN_MS = 60_000;

export const SOUND: Outlier = { consecutive: 0, recent: [], ejections: 0, outUntilMs: undefined, returnedMs: undefined };

export function phaseOf({ outUntilMs, returnedMs }: Outlier, nowMs: number): Phase {
  if (outUntilMs !== undefined) return nowMs < outUntilMs ? 'out' : 'trial';
  return returnedMs !== undefined && nowMs - returnedMs < SLOW_START_MS ? 'returning' : 'in';
}

/** Its part of the requests that it would get otherwise: 0 while out, growing over the slow start. */
export function shareOf(outlier: Outlier, nowMs: number): number {
  const phase = phaseOf(outlier, nowMs);
  if (phase !== 'returning') return phase === 'out' ? 0 : 1;
  return Math.max(0.1, (nowMs - (outlier.returnedMs ?? nowMs)) / SLOW_START_MS);
}

/** A success counts as the trial's; one that began before the ejection ends proves nothing. */
export function afterSuccess(outlier: Outlier, nowMs: number): Outlier {
  const phase = phaseOf(outlier, nowMs);
  if (phase === 'out') return outlier;
  if (phase === 'trial') return { ...SOUND, ejections: outlier.ejections, returnedMs: nowMs };
  return { ...outlier, consecutive: 0, recent: withLatest(outlier.recent, true) };
}

/** `grave`: enough by itself. While it is out further failures add nothing: their requests were under way. */
export function afterFailure(outlier: Outlier, nowMs: number, grave: boolean): Outlier {
  const phase = phaseOf(outlier, nowMs);
  if (phase === 'out') return outlier;
  const failed = { ...outlier, consecutive: outlier.consecutive + 1, recent: withLatest(outlier.recent, false) };
  const isOut = grave || phase === 'trial' || phase === 'returning' || failed.consecutive >= EJECT_AFTER || failsOften(failed.recent);
  return isOut ? eject(failed, nowMs) : failed;
}

/** Whether nothing is held against it, so that it need not be remembered. */
export function isSound(outlier: Outlier, nowMs: number): boolean {
  const forgiven = outlier.returnedMs === undefined || nowMs - outlier.returnedMs >= FORGIVEN_MS;
  return outlier.outUntilMs === undefined && forgiven && outlier.recent.every((succeeded) => succeeded);
}

function eject(outlier: Outlier, nowMs: number): Outlier {
  const { returnedMs, outUntilMs } = outlier;
  const forgiven = outUntilMs === undefined && returnedMs !== undefined && nowMs - returnedMs >= FORGIVEN_MS;
  const ejections = forgiven ? 1 : outlier.ejections + 1;
  const lastsMs = Math.min(FIRST_EJECTION_MS * 2 ** (ejections - 1), LONGEST_EJECTION_MS);
  return { consecutive: 0, recent: [], ejections, outUntilMs: nowMs + lastsMs, returnedMs: undefined };
}

function failsOften(recent: readonly boolean[]): boolean {
  if (recent.length < LEAST_ATTEMPTS) return false;
  return recent.filter((succeeded) => !succeeded).length >= FAILING_SHARE * recent.length;
}

function withLatest(recent: readonly boolean[], succeeded: boolean): readonly boolean[] {
  return [...recent.slice(1 - RECENT_ATTEMPTS), succeeded];
}
