import { AppError, type BalancerChoice, type CoordinatorConfig, innerPath, type SettingOrigins } from '@ollama-coordinator/common';
import type { Balancer, NeededFact } from '@ollama-coordinator/common/balancing';
import type { BalancerFaults } from './balancer-faults.js';
import type { WeightedBalancer } from './decide.js';
import { HungPlugin, type LoadBalancerDeps, type LoadedBalancer, loadBalancer } from './load-plugin.js';

/** The balancers that decide together, created. */
export interface LoadedProfile {
  readonly balancers: readonly WeightedBalancer[];
  /** What any of them needs. */
  readonly needs: ReadonlySet<NeededFact>;
}

/** A balancer of the configuration, and where it stands there: `coordinator.toml: balancers[1]`, `COORDINATOR_BALANCER`. */
export interface ProfileEntry extends BalancerChoice {
  readonly where: string;
  /** Where its options stand. */
  readonly optionsWhere: string;
}

/** The configured profile: the list of `balancers`, else the one of `balancer` with its options. Pure. */
export function profileOf(
  { balancer, balancerOptions, balancers }: Pick<CoordinatorConfig, 'balancer' | 'balancerOptions' | 'balancers'>,
  origins: SettingOrigins = new Map(),
): readonly ProfileEntry[] {
  const nameOf = (key: string, tomlName: string) => origins.get(key)?.name ?? tomlName;
  if (balancers.length === 0) {
    const where = nameOf('balancer', 'balancer');
    return [{ name: balancer, weight: 1, options: balancerOptions, where, optionsWhere: nameOf('balancerOptions', 'balancer_options') }];
  }
  const list = nameOf('balancers', 'balancers');
  return balancers.map((choice, index) => ({
    ...choice,
    where: list + innerPath([index]),
    optionsWhere: list + innerPath([index, 'options']),
  }));
}

export interface LoadProfileDeps extends LoadBalancerDeps {
  /** Where one that hangs is counted. Without it that is a reason to refuse the profile. */
  readonly faults?: Pick<BalancerFaults, 'note'>;
}

/**
 * Loads and creates every balancer of a profile. Throws BAD_BALANCER for the first that cannot be used, with where it stands;
 * those created before are closed again. With `faults` one that hangs is counted and left out, so that requests are served.
 */
export async function loadProfile(entries: readonly ProfileEntry[], { faults, ...deps }: LoadProfileDeps): Promise<LoadedProfile> {
  const balancers: (WeightedBalancer & { readonly entry: ProfileEntry })[] = [];
  const needs = new Set<NeededFact>();
  try {
    for (const entry of entries) {
      const loaded = await loadUnlessHung(entry, deps, faults);
      if (!loaded) continue;
      const { stability: _, ...rest } = loaded;
      balancers.push({ ...rest, weight: entry.weight, entry });
      for (const need of loaded.needs) needs.add(need);
    }
    refuseTwoChoosers(balancers);
  } catch (failure) {
    await closeProfile(balancers);
    throw failure;
  }
  return { balancers, needs };
}

/** Closes balancers that never decided anything. Never rejects. */
export async function closeProfile(balancers: readonly WeightedBalancer[]): Promise<void> {
  await Promise.allSettled(balancers.map(async ({ balancer }) => balancer.close?.()));
}

async function loadUnlessHung(
  { name, options, where, optionsWhere }: ProfileEntry,
  deps: LoadBalancerDeps,
  faults: Pick<BalancerFaults, 'note'> | undefined,
): Promise<LoadedBalancer | undefined> {
  try {
    return await loadBalancer(name, options, { ...deps, where, optionsWhere });
  } catch (failure) {
    if (!faults || !(failure instanceof AppError) || !(failure.cause instanceof HungPlugin)) throw failure;
    faults.note(name, 'hung', failure);
    return undefined;
  }
}

/** Only one can have the last word; the other would be silently without effect. */
function refuseTwoChoosers(balancers: readonly { readonly balancer: Balancer; readonly entry: ProfileEntry }[]): void {
  const [first, second] = balancers.filter(({ balancer }) => balancer.choose).map(({ entry }) => entry);
  if (!first || !second) return;
  const reason = `it chooses by itself, and so does "${first.name}" (${first.where}); a profile can have one such balancer, beside any number that give costs`;
  throw new AppError('BAD_BALANCER', { details: { name: second.name, where: second.where, reason } });
}
