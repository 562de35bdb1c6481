import { pathToFileURL } from 'node:url';
import { AppError, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { type LoadBalancerDeps, loadBalancer } from '#coordinator/balancing/load-plugin.js';
import { eventually } from '../../../support/eventually.js';
import { createManualClock } from '../../../support/manual-clock.js';
import { createPluginFolder } from '../../../support/plugin-folder.js';

const folder = createPluginFolder();

function manifest(create: string, over = ''): string {
  return `export default { api: 1, name: 'x', stability: 'stable', needs: [],
    options: { safeParse: (data) => ({ success: true, data }) }, create: ${create}, ${over} };`;
}
const good = manifest('() => ({ cost: () => 1 })');

/** Writes the code as a package of its own, and loads it by name. */
let packages = 0;
function load(
  code: string,
  { packageJson = { exports: './index.js' }, ...deps }: { packageJson?: object } & Partial<LoadBalancerDeps> = {},
) {
  packages += 1;
  const name = `plugin-${packages}`;
  folder.write({ 'index.js': code, 'package.json': JSON.stringify({ name, type: 'module', ...packageJson }) }, name);
  return loadBalancer(name, {}, { log: silentLogger, from: folder.path, ...deps });
}

async function reason(loading: Promise<unknown>): Promise<string> {
  const failure = await loading.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof AppError)) throw new Error(`expected an AppError, got ${String(failure)}`);
  expect(failure.code).to.equal('BAD_BALANCER');
  return String(failure.details.reason);
}

describe('loadBalancer', () => {
  after(() => folder.remove());

  for (const name of ['round-robin', 'load-based', 'least-connections']) {
    it(`loads ${name} by its short name`, async () => {
      const loaded = await loadBalancer(name, {}, { log: silentLogger, from: folder.path });
      expect(loaded).to.include({ name: `@ollama-coordinator/balancer-${name}`, stability: 'stable' });
    });
  }
  it('loads ours by its npm name', async () => {
    const name = '@ollama-coordinator/balancer-round-robin';
    expect((await loadBalancer(name, {}, { log: silentLogger })).name).to.equal(name);
  });
  const ways = {
    'exports as text': { exports: './index.js' },
    'exports of an ESM-only package': { exports: { '.': { types: './index.d.ts', import: './index.js' } } },
    main: { main: 'index.js' },
    'no entry named': {},
  };
  for (const [way, packageJson] of Object.entries(ways)) {
    it(`finds the entry of a package by ${way}`, async () => {
      expect((await load(good, { packageJson })).name).to.equal('x');
    });
  }
  it('loads a path, a folder and a file URL', async () => {
    folder.write({ 'mine/index.js': good, 'mine/package.json': '{"type":"module"}' });
    const url = pathToFileURL(`${folder.path}/mine/index.js`).href;
    for (const name of ['./mine', './mine/index.js', `${folder.path}/mine/index.js`, url]) {
      expect((await loadBalancer(name, {}, { log: silentLogger, from: folder.path })).name).to.equal('x');
    }
  });
  it('looks through several folders in turn', async () => {
    const elsewhere = createPluginFolder();
    elsewhere.write({ 'index.js': good, 'package.json': '{"type":"module"}' }, 'far-balancer');
    try {
      expect((await loadBalancer('far-balancer', {}, { log: silentLogger, from: [folder.path, elsewhere.path] })).name).to.equal('x');
    } finally {
      elsewhere.remove();
    }
  });
  it('says where it looked for a plugin that is not there', async () => {
    const missing = await reason(loadBalancer('rond-robin', {}, { log: silentLogger, from: folder.path }));
    expect(missing).to.contain('not found').and.to.contain('@ollama-coordinator/balancer-rond-robin').and.to.contain(folder.path);
    expect(await reason(loadBalancer('./nowhere.js', {}, { log: silentLogger, from: folder.path }))).to.contain('nowhere.js');
  });
  it('names each option that is refused, with its path', async () => {
    const options = { avoidAt: 2, avoidat: 1 };
    const refused = await reason(loadBalancer('load-based', options, { log: silentLogger }));
    expect(refused).to.match(/avoidAt: .+; .*"avoidat"/);
  });

  const bad: Record<string, { code: string; says: RegExp }> = {
    'has no default export': { code: 'export const x = 1;', says: /default export is not a balancer manifest/ },
    'is written for another contract': { code: manifest('() => ({})', 'api: 2'), says: /version 2 .* speaks version 1/ },
    'has an incomplete manifest': { code: manifest('() => ({})', "stability: 'new'"), says: /manifest is not valid: stability: / },
    'has no schema': { code: manifest('() => ({})', 'options: {}'), says: /options: must be a schema/ },
    'fails while it is loaded': { code: "throw new Error('no GPU here')", says: /loading it failed: no GPU here/ },
    'has a syntax error': { code: 'export default {', says: /loading it failed: / },
    'throws in create': { code: manifest("() => { throw new Error('boom'); }"), says: /its create\(\) failed: boom/ },
    'rejects in create': { code: manifest("async () => { throw new Error('boom'); }"), says: /its create\(\) failed: boom/ },
    'throws in its schema': {
      code: manifest('() => ({})', "options: { safeParse() { throw new Error('bad schema'); } }"),
      says: /bad schema/,
    },
    'creates nothing': { code: manifest('() => undefined'), says: /create\(\) returned no balancer/ },
    'creates what cannot choose': { code: manifest('() => ({ settled() {} })'), says: /neither cost nor choose/ },
    'creates a hook that is no function': { code: manifest('() => ({ cost: () => 1, settled: 3 })'), says: /whose settled is no function/ },
  };
  for (const [what, { code, says }] of Object.entries(bad)) {
    it(`refuses a plugin that ${what}`, async () => expect(await reason(load(code))).to.match(says));
  }
  it('gives up on a create() that hangs for 10 s, and closes what comes of it later', async () => {
    const clock = createManualClock();
    const state = { started: false, closed: false, finish: () => undefined as unknown };
    (globalThis as Record<string, unknown>).lateBalancer = state;
    const loading = load(
      manifest(`() => new Promise((resolve) => { const state = globalThis.lateBalancer; state.started = true;
        state.finish = () => resolve({ cost: () => 1, close() { state.closed = true; } }); })`),
      { clock },
    );
    const refused = reason(loading);
    await eventually(() => state.started);
    clock.advance(10_000);
    expect(await refused).to.contain('its create() did not finish within 10 s');
    state.finish();
    await eventually(() => state.closed);
    delete (globalThis as Record<string, unknown>).lateBalancer;
  });
});
