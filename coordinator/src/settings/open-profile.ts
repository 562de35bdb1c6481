import { type BalancerChoice, type CoordinatorConfig, type Logger, type SettingOrigins, tomlKey } from '@ollama-coordinator/common';
import type { BalancerFaults } from '../balancing/balancer-faults.js';
import type { LoadBalancerDeps } from '../balancing/load-plugin.js';
import { closeProfile, type LoadedProfile, loadProfile, type ProfileEntry, profileOf } from '../balancing/load-profile.js';
import type { Settings } from './create-settings.js';

export interface OpenProfileDeps {
  readonly config: CoordinatorConfig;
  readonly origins: SettingOrigins;
  readonly settings: Pick<Settings, 'values' | 'changed' | 'prepareWith' | 'fallBack'>;
  readonly plugins: LoadBalancerDeps;
  readonly faults: Pick<BalancerFaults, 'note'>;
  readonly log: Logger;
  /** Puts another profile in the place of the one before. */
  readonly use: (profile: LoadedProfile) => void;
}

/**
 * Loads the profile that is in force, and from then on each one that an operator gives. What operators gave earlier and cannot
 * be used here does not stop the start: the configured profile decides then. Throws BAD_BALANCER where that one is bad.
 */
export async function openProfile({ config, origins, settings, plugins, faults, log, use }: OpenProfileDeps): Promise<LoadedProfile> {
  settings.prepareWith('balancers', async (given, isChanged) => {
    const loaded = await loadProfile(isChanged ? givenProfile(given) : profileOf(config, origins), plugins);
    return { commit: () => use(loaded), discard: () => closeProfile(loaded.balancers) };
  });
  if (settings.changed.has('balancers')) {
    try {
      return await loadProfile(givenProfile(settings.values.balancers), plugins);
    } catch (failure) {
      log.error({ err: failure }, 'the balancers that an operator gave cannot be used here; the configured ones decide');
      settings.fallBack('balancers', failure);
    }
  }
  return loadProfile(profileOf(config, origins), { ...plugins, faults });
}

function givenProfile(balancers: readonly BalancerChoice[]): readonly ProfileEntry[] {
  const name = tomlKey('balancers');
  return balancers.map((choice, index) => ({ ...choice, where: `${name}[${index}]`, optionsWhere: `${name}[${index}].options` }));
}
