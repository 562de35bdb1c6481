import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, type CoordinatorConfig, coordinatorConfigSchema, loadConfigWithOrigins, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createBalancerFaults } from '#coordinator/balancing/balancer-faults.js';
import { loadProfile, profileOf } from '#coordinator/balancing/load-profile.js';
import { eventually } from '../../../support/eventually.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { createPluginFolder } from '../../../support/plugin-folder.js';

const folder = createPluginFolder();
const clock = createManualClock();

function configOf(toml: string, env: Record<string, string> = {}) {
  const file = join(folder.path, 'coordinator.toml');
  writeFileSync(file, toml);
  return loadConfigWithOrigins(coordinatorConfigSchema, { env: { FILE: file, ...env }, fileEnv: 'FILE' });
}
const load = (toml: string, env: Record<string, string> = {}) => {
  const { config, origins } = configOf(toml, env);
  const faults = createBalancerFaults({ clock, log: silentLogger });
  const loading = loadProfile(profileOf(config, origins), { log: silentLogger, from: folder.path, faults, clock });
  return { loading, faults };
};
async function sentence(toml: string): Promise<string> {
  const failure = await load(toml).loading.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof AppError)) throw new Error(`expected an AppError, got ${String(failure)}`);
  expect(failure.code).to.equal('BAD_BALANCER');
  return failure.message;
}
function plugin(name: string, create: string): void {
  const code = `export default { api: 1, name: '${name}', stability: 'stable', needs: ['prefix'],
    options: { safeParse: (data) => ({ success: true, data }) }, create: ${create} };`;
  folder.write({ 'index.js': code, 'package.json': JSON.stringify({ name, type: 'module', exports: './index.js' }) }, name);
}

describe('profileOf', () => {
  const names = ({ config }: { config: CoordinatorConfig }) => profileOf(config).map(({ name, weight }) => [name, weight]);
  it('is the one balancer, of weight 1, where nothing else is said', () => {
    expect(names(configOf(''))).to.deep.equal([[coordinatorConfigSchema.parse({}).balancer, 1]]);
    expect(names(configOf('balancer = "round-robin"'))).to.deep.equal([['round-robin', 1]]);
  });
  it('is the list, in its order', () => {
    const toml = '[[balancers]]\nname = "tiers"\nweight = 2.5\n[[balancers]]\nname = "round-robin"';
    expect(names(configOf(toml))).to.deep.equal([
      ['tiers', 2.5],
      ['round-robin', 1],
    ]);
  });
  it('is the one balancer of the environment, though the file has a list', () => {
    const toml = '[[balancers]]\nname = "tiers"';
    expect(names(configOf(toml, { COORDINATOR_BALANCER: 'round-robin' }))).to.deep.equal([['round-robin', 1]]);
  });
  it('says where each stands', () => {
    const { config, origins } = configOf('[[balancers]]\nname = "tiers"');
    expect(profileOf(config, origins)[0]).to.include({
      where: `${folder.path}/coordinator.toml: balancers[0]`,
      optionsWhere: `${folder.path}/coordinator.toml: balancers[0].options`,
    });
  });
});

describe('the configuration of balancers', () => {
  const problems: Record<string, [toml: string, problem: RegExp]> = {
    'both ways at once': [
      'balancer = "tiers"\n[[balancers]]\nname = "pin"',
      /balancer: stands beside "balancers"; give one of them, not both/,
    ],
    'options of the one beside a list': [
      'balancer_options = { x = 1 }\n[[balancers]]\nname = "pin"',
      /balancer_options: stands beside "balancers"/,
    ],
    'a weight of 0': [
      '[[balancers]]\nname = "pin"\n[[balancers]]\nname = "tiers"\nweight = 0',
      /coordinator\.toml: balancers\[1\]\.weight: /,
    ],
    'a misspelt key': ['[[balancers]]\nname = "pin"\nwieght = 2', /balancers\[0\]: .*wieght/],
    'no name': ['[[balancers]]\nweight = 2', /balancers\[0\]\.name: /],
  };
  for (const [what, [toml, problem]] of Object.entries(problems)) {
    it(`refuses ${what}`, () => expect(() => configOf(toml)).to.throw(AppError, problem));
  }
});

describe('loadProfile', () => {
  after(() => folder.remove());

  it('creates every balancer with its weight and options, and knows what they need', async () => {
    plugin('counts', '(options) => ({ cost: () => options.seconds })');
    const { loading } = load('[[balancers]]\nname = "tiers"\n[[balancers]]\nname = "counts"\nweight = 3\noptions = { seconds = 4 }');
    const { balancers, needs } = await loading;
    expect(balancers.map(({ name, weight }) => [name, weight])).to.deep.equal([
      ['@ollama-coordinator/balancer-tiers', 1],
      ['counts', 3],
    ]);
    expect(balancers[1]?.balancer.cost?.({} as never, {} as never, {} as never)).to.equal(4);
    expect([...needs]).to.deep.equal(['prefix']);
  });
  it('names the plugin that cannot be used, and where it stands', async () => {
    expect(await sentence('[[balancers]]\nname = "tiers"\n[[balancers]]\nname = "nope"')).to.match(
      /^the balancer "nope" \(.*coordinator\.toml: balancers\[1\]\) cannot be used: it was not found/,
    );
    expect(await sentence('balancer = "nope"')).to.match(/^the balancer "nope" \(.*coordinator\.toml: balancer\) cannot be used/);
  });
  it('names each bad option by its full path', async () => {
    const toml = '[[balancers]]\nname = "label-filter"\n[[balancers.options.rules]]\nrequire = { gpu = "a" }\npenaltyS = -1';
    expect(await sentence(toml)).to.match(/options are not valid: .*coordinator\.toml: balancers\[0\]\.options\.rules\.0\.penaltyS: /);
    expect(await sentence('balancer = "load-based"\nbalancer_options = { avoidat = 1 }')).to.match(
      /coordinator\.toml: balancer_options: .*avoidat/,
    );
  });
  it('refuses two balancers that choose, and names both', async () => {
    const toml = '[[balancers]]\nname = "round-robin"\n[[balancers]]\nname = "tiers"\n[[balancers]]\nname = "power-of-two"';
    expect(await sentence(toml)).to.match(
      /^the balancer "power-of-two" \(.*balancers\[2\]\) cannot be used: it chooses by itself, and so does "round-robin" \(.*balancers\[0\]\)/,
    );
  });
  it('closes what it created when a later one cannot be used', async () => {
    const state = globalThis as { closedBalancers?: number };
    state.closedBalancers = 0;
    plugin('closes', '() => ({ cost: () => 1, close() { globalThis.closedBalancers += 1; } })');
    await sentence('[[balancers]]\nname = "closes"\n[[balancers]]\nname = "nope"');
    expect(state.closedBalancers).to.equal(1);
    delete state.closedBalancers;
  });
  it('goes on without one that hangs, and counts it', async () => {
    const state = globalThis as { hanging?: boolean };
    plugin('hangs', '() => new Promise(() => { globalThis.hanging = true; })');
    const { loading, faults } = load('[[balancers]]\nname = "hangs"\n[[balancers]]\nname = "tiers"');
    await eventually(() => state.hanging);
    clock.advance(10_000);
    expect((await loading).balancers.map(({ name }) => name)).to.deep.equal(['@ollama-coordinator/balancer-tiers']);
    expect(faults.counts()).to.deep.equal([{ balancer: 'hangs', kind: 'hung', count: 1 }]);
    delete state.hanging;
  });
});
