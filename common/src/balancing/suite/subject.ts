import { silentLogger } from '../../logging/create-logger.js';
import type { Balancer } from '../contract.js';
import type { BalancerManifest } from '../manifest.js';

/** The plugin under the suite, with the options it is to run with. */
export interface Subject {
  readonly manifest: BalancerManifest;
  readonly options: unknown;
}

/** One promise of the contract. `run` throws when the plugin breaks it. */
export interface Check {
  readonly name: string;
  run(subject: Subject): void | Promise<void>;
}

/** Lends balancers that are created as the coordinator creates them, and closes them afterwards. */
async function withBalancers(
  { manifest, options }: Subject,
  count: number,
  use: (...balancers: readonly Balancer[]) => void | Promise<void>,
): Promise<void> {
  const parsed = manifest.options.safeParse(options);
  if (!parsed.success) throw new Error(`the options given to the suite are refused: ${JSON.stringify(parsed.error.issues)}`);
  const balancers: Balancer[] = [];
  try {
    for (let made = 0; made < count; made += 1) balancers.push(await manifest.create(parsed.data, { log: silentLogger }));
    await use(...balancers);
  } finally {
    for (const balancer of balancers) await balancer.close?.();
  }
}

/** A check on one freshly created balancer. */
export function balancerCheck(name: string, use: (balancer: Balancer) => void | Promise<void>): Check {
  return { name, run: (subject) => withBalancers(subject, 1, (balancer) => use(present(balancer))) };
}

/** A check on two balancers, created alike and independent of each other. */
export function twinCheck(name: string, use: (one: Balancer, other: Balancer) => void | Promise<void>): Check {
  return { name, run: (subject) => withBalancers(subject, 2, (one, other) => use(present(one), present(other))) };
}

function present(balancer: Balancer | undefined): Balancer {
  if (!balancer) throw new Error('create() returned no balancer');
  return balancer;
}
