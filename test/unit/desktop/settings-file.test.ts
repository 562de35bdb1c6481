import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { addressFrom, demandAddress, keepTyped, loadSettings, typedFrom } from '#desktop/agent/settings-file.js';

describe('the settings of the desktop agent', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oc-settings-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const env = (more: Record<string, string> = {}) => ({ AGENT_DATA_DIR: folder, ...more });
  const file = () => readFileSync(join(folder, 'agent.toml'), 'utf8');
  const typed = (changes: object, more: Record<string, string> = {}) => ({ ...typedFrom(loadSettings(env(more)).config), ...changes });

  it('install a missing Ollama unless somebody decided otherwise', () => {
    expect(loadSettings(env())).to.deep.include({ isFirstStart: true, fixed: {} });
    expect(loadSettings(env()).config.ollamaSetup).to.equal('install');
    expect(loadSettings(env({ AGENT_OLLAMA_SETUP: 'off' })).config.ollamaSetup).to.equal('off');
    writeFileSync(join(folder, 'agent.toml'), 'ollama_setup = "start"\n');
    expect(loadSettings(env()).config.ollamaSetup).to.equal('start');
  });

  it('are kept beside what else is in the file, which only its owner reads', () => {
    writeFileSync(join(folder, 'agent.toml'), 'port = 4711\n');
    expect(keepTyped(env(), typed({ coordinatorUrl: 'coordinator:8080/', name: ' Kitchen ', slots: '' }))).to.equal(undefined);
    const { config, isFirstStart } = loadSettings(env());
    expect([config.port, config.coordinatorUrl, config.name, config.slots, isFirstStart]).to.deep.equal([
      4711,
      'http://coordinator:8080',
      'Kitchen',
      'auto',
      false,
    ]);
  });

  it('are all right or none is kept, with a sentence for each that is not', () => {
    const problems = keepTyped(env(), typed({ coordinatorUrl: '', slots: 'many', schedule: 'never', transport: 'pigeon' }));
    expect(Object.keys(problems ?? {}).sort()).to.deep.equal(['coordinatorUrl', 'schedule', 'slots', 'transport']);
    expect(() => file()).to.throw('ENOENT');
  });

  it('leave alone what the environment says, and name it', () => {
    const more = { AGENT_NAME: 'from outside' };
    expect(loadSettings(env(more)).fixed).to.deep.equal({ name: 'AGENT_NAME' });
    keepTyped(env(more), typed({ name: 'typed' }, more));
    expect(file()).to.not.include('typed').and.not.include('from outside');
  });

  it('forget the certificate of a coordinator when another one takes its place', () => {
    const print = Array(32).fill('AB').join(':');
    writeFileSync(join(folder, 'agent.toml'), `coordinator_url = "https://one"\ncoordinator_certificate = "${print}"\n`);
    keepTyped(env(), typed({ name: 'x' }));
    expect(file()).to.include(print);
    keepTyped(env(), typed({ coordinatorUrl: 'https://two' }));
    expect(file()).to.not.include(print);
  });

  for (const [text, address] of [
    ['coordinator:8080', 'http://coordinator:8080'],
    [' https://coordinator/ ', 'https://coordinator'],
    ['192.168.1.10', 'http://192.168.1.10'],
    ['', ''],
  ] as const)
    it(`read the address ${JSON.stringify(text)}`, () => expect(addressFrom(text)).to.equal(address));

  it('refuse what is no address', () => {
    for (const text of ['', 'javascript:alert(1)', 'ftp://x', 'http://']) expect(() => demandAddress(text), text).to.throw('the address');
  });
});
