import { AppError, type Clock, describeCause, type Logger, systemClock } from '@ollama-coordinator/common';
import type { Balancer, NeededFact } from '@ollama-coordinator/common/balancing';
import { checkBalancer, checkManifest, describeIssues } from './check-manifest.js';
import { type ResolvedPlugin, resolvePlugin } from './resolve-plugin.js';

export interface LoadedBalancer {
  /** The npm name that the plugin gives itself. */
  readonly name: string;
  readonly stability: 'stable' | 'experimental';
  readonly needs: readonly NeededFact[];
  readonly mostCandidates: number | undefined;
  readonly balancer: Balancer;
}

export interface LoadBalancerDeps {
  readonly log: Logger;
  /** Folders from which packages are looked for after the coordinator's own; default: the current working directory. */
  readonly from?: string | readonly string[];
  readonly clock?: Pick<Clock, 'setTimeout'>;
  /** Where the configuration names it, and where its options stand there. */
  readonly where?: string;
  readonly optionsWhere?: string;
}

/** Importing and create() may take this long each: a plugin that hangs must not hang the start. */
const STEP_TIMEOUT_MS = 10_000;

/**
 * Loads a balancer by short name, npm package name, path or file URL, and creates it with `options`. Everything that can be
 * wrong is thrown as BAD_BALANCER with the reason in words.
 */
export async function loadBalancer(
  name: string,
  options: Readonly<Record<string, unknown>>,
  { log, from = process.cwd(), clock = systemClock, where = 'balancer', optionsWhere = 'balancer_options' }: LoadBalancerDeps,
): Promise<LoadedBalancer> {
  try {
    const found = resolvePlugin(name, [from].flat());
    if ('tried' in found) throw new Refusal(describeSearch(found));
    const module = await inTime(clock, 'loading it', () => import(found.url) as Promise<{ default?: unknown }>);
    const manifest = accepted(checkManifest(module.default));
    const parsed = manifest.options.safeParse(options);
    if (!parsed.success) throw new Refusal(`its options are not valid: ${describeIssues(parsed.error.issues, optionsWhere)}`);
    const balancer = accepted(checkBalancer(await inTime(clock, 'its create()', () => manifest.create(parsed.data, { log }))));
    const { stability, needs, mostCandidates } = manifest;
    return { name: manifest.name, stability, needs, mostCandidates, balancer };
  } catch (cause) {
    const reason = cause instanceof Refusal ? cause.message : describeCause(cause);
    throw new AppError('BAD_BALANCER', { details: { name, where, reason }, cause });
  }
}

/** A reason, in words, why a plugin cannot be used. */
class Refusal extends Error {}

/** A step did not finish in time: the plugin may be good, but nobody can wait for it. */
export class HungPlugin extends Refusal {}

function accepted<T extends object>(checked: T | string): T {
  if (typeof checked === 'string') throw new Refusal(checked);
  return checked;
}

function describeSearch({ tried }: Extract<ResolvedPlugin, { tried: unknown }>): string {
  return `it was not found (looked for ${tried.join(', ')}); install it with "npm install", or correct its name`;
}

/** Runs a step of a plugin; its failure and its hanging are a Refusal. What comes too late is closed again. */
async function inTime<T>(clock: Pick<Clock, 'setTimeout'>, step: string, run: () => Promise<T> | T): Promise<T> {
  const running = Promise.resolve().then(run);
  let expire: () => void = () => undefined;
  const expired = new Promise<never>((_, reject) => {
    expire = () => reject(new HungPlugin(`${step} did not finish within ${STEP_TIMEOUT_MS / 1000} s`));
  });
  const timer = clock.setTimeout(() => {
    expire();
    running.then(closeLate).catch(() => undefined);
  }, STEP_TIMEOUT_MS);
  try {
    return await Promise.race([running, expired]);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(`${step} failed: ${describeCause(error)}`, { cause: error });
  } finally {
    timer.cancel();
  }
}

async function closeLate(late: unknown): Promise<void> {
  const { close } = (late ?? {}) as Balancer;
  if (typeof close === 'function') await close.call(late);
}
