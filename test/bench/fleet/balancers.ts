import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@ollama-coordinator/common';
import { INFORMED } from '@ollama-coordinator/simulator';
import { loadBalancer } from '#coordinator/balancing/load-plugin.js';
import { REPOSITORY } from '../../support/repository.js';

/** Every balancer of this repository that works without options, by its short name, and the informed reference last. */
export async function allBalancers(): Promise<readonly string[]> {
  const names = readdirSync(join(REPOSITORY, 'balancers')).sort();
  const usable = await Promise.all(names.map(async (name) => ((await worksAlone(name)) ? name : undefined)));
  return [...usable.filter((name) => name !== undefined), INFORMED];
}

async function worksAlone(name: string): Promise<boolean> {
  try {
    const { balancer } = await loadBalancer(name, {}, { log: silentLogger });
    await balancer.close?.();
    return true;
  } catch {
    return false;
  }
}
