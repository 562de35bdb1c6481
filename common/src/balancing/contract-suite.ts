import type { BalancerManifest } from './manifest.js';
import { decisionChecks } from './suite/decision-checks.js';
import { explainChecks } from './suite/explain-checks.js';
import { inputChecks } from './suite/input-checks.js';
import { manifestChecks } from './suite/manifest-checks.js';
import { stateChecks } from './suite/state-checks.js';

/** The two functions of mocha (or of node:test, vitest, jest) that the suite needs. */
export interface SuiteRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => void | Promise<void>): unknown;
}

/**
 * The suite that every balancer must pass, ours and anyone's: registers one test for each promise of the contract. A test
 * throws an AssertionError that says what the balancer did and what it must do.
 *
 *     balancerContractSuite(manifest, {}, { describe, it });
 *
 * `options` are those that the balancer is created with; they must pass its schema.
 */
export function balancerContractSuite(manifest: BalancerManifest, options: unknown, { describe, it }: SuiteRunner): void {
  const checks = [...manifestChecks, ...decisionChecks, ...inputChecks, ...explainChecks, ...stateChecks];
  describe(`${manifest.name} keeps the balancer contract`, () => {
    for (const { name, run } of checks) it(name, async () => run({ manifest, options }));
  });
}
