import assert from 'node:assert/strict';
import { balancerCheck, type Check } from './subject.js';

const HOOKS = ['cost', 'choose', 'explain', 'assigned', 'firstByte', 'settled', 'fleet', 'inspect', 'close'] as const;
const FACTS = ['prefix', 'tokens', 'speed'];
/** https://docs.npmjs.com/cli/configuring-npm/package-json#name */
const NPM_NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

export const manifestChecks: readonly Check[] = [
  {
    name: 'has a manifest of contract version 1 with npm name, stability, needs, options and create',
    run({ manifest }) {
      assert.equal(manifest.api, 1, 'api must be 1');
      assert.match(manifest.name, NPM_NAME, 'name must be the npm name of the package');
      assert.ok(['stable', 'experimental'].includes(manifest.stability), 'stability must be stable or experimental');
      assert.ok(
        Array.isArray(manifest.needs) && manifest.needs.every((fact) => FACTS.includes(fact)),
        `needs must be a list of ${FACTS.join(', ')}`,
      );
      assert.equal(typeof manifest.options?.safeParse, 'function', 'options must be a schema with safeParse');
      assert.equal(typeof manifest.create, 'function', 'create must be a function');
    },
  },
  {
    name: 'takes the options it is given, and refuses a misspelt one with its name',
    run({ manifest, options }) {
      assert.ok(manifest.options.safeParse(options).success, `the options ${JSON.stringify(options)} must be accepted`);
      const misspelt = manifest.options.safeParse({ ...(options as object), mispeltOption: 1 });
      assert.ok(!misspelt.success, 'an option that the balancer does not know must be refused: use a strict schema');
      assert.ok(
        misspelt.error.issues.length > 0 && JSON.stringify(misspelt.error.issues).includes('mispeltOption'),
        'the issue must name the option that is refused',
      );
    },
  },
  balancerCheck('creates a balancer with cost or choose, whose hooks are functions', (balancer) => {
    assert.ok(balancer.cost || balancer.choose, 'a balancer needs cost or choose');
    for (const hook of HOOKS) assert.ok(['undefined', 'function'].includes(typeof balancer[hook]), `${hook} must be a function`);
  }),
  balancerCheck('may be closed twice', async (balancer) => {
    await balancer.close?.();
    await balancer.close?.();
  }),
];
