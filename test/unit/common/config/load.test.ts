import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AppError,
  agentConfigSchema,
  coordinatorConfigSchema,
  flagName,
  loadConfig,
  settingMeta,
  tomlKey,
} from '@ollama-coordinator/common';
import { expect } from 'chai';

describe('loadConfig', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oc-config-'));
    file = join(folder, 'coordinator.toml');
  });
  after(() => rmSync(folder, { recursive: true }));

  type Env = Record<string, string | undefined>;
  const load = (env: Env, flags: Record<string, string> = {}) =>
    loadConfig(coordinatorConfigSchema, { env, flags, fileEnv: 'COORDINATOR_CONFIG' });
  const loadFile = (toml: string, env: Env = {}, flags: Record<string, string> = {}) => {
    writeFileSync(file, toml);
    return load({ COORDINATOR_CONFIG: file, ...env }, flags);
  };
  const problemsOf = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      expect(error).to.be.instanceOf(AppError).with.property('code', 'BAD_CONFIG');
      return (error as AppError).message;
    }
    throw new Error('the configuration was accepted');
  };

  describe('where a value comes from', () => {
    it('has a default for every setting that must have a value', () => {
      expect(load({})).to.include({ host: '127.0.0.1', port: 8080, agentTtlMs: 15_000, auth: 'auto' });
      expect(loadConfig(agentConfigSchema, { env: {}, fileEnv: 'AGENT_CONFIG' })).to.include({
        port: 11435,
        heartbeatMs: 5000,
        slots: 'auto',
      });
    });

    it('takes the file before the default', () => expect(loadFile('port = 1').port).to.equal(1));
    it('takes the environment before the file', () => expect(loadFile('port = 1', { COORDINATOR_PORT: '2' }).port).to.equal(2));
    it('takes a flag before the environment', () =>
      expect(loadFile('port = 1', { COORDINATOR_PORT: '2' }, { port: '3' }).port).to.equal(3));
    it('takes each setting from its own source', () => {
      const config = loadFile('host = "::1"\nport = 1', { COORDINATOR_AGENT_TTL_MS: '500' }, { balancer: 'round-robin' });
      expect(config).to.include({ host: '::1', port: 1, agentTtlMs: 500, balancer: 'round-robin' });
    });
    it('counts an empty environment variable as unset', () => expect(loadFile('port = 1', { COORDINATOR_PORT: '' }).port).to.equal(1));
    it('takes an unset flag as not given', () =>
      expect(loadConfig(coordinatorConfigSchema, { env: {}, flags: { port: undefined }, fileEnv: 'X' }).port).to.equal(8080));
    it('reads no file that the environment does not name', () => expect(load({ AGENT_CONFIG: '/does/not/exist' }).port).to.equal(8080));
  });

  describe('values as text', () => {
    const cases: readonly [Env, object][] = [
      [{ COORDINATOR_PORT: ' 0 ' }, { port: 0 }],
      [{ COORDINATOR_TRUSTED_PROXIES: '10.0.0.0/8, 192.168.0.1,' }, { trustedProxies: ['10.0.0.0/8', '192.168.0.1'] }],
      [
        { COORDINATOR_OLLAMA_URLS: 'nas=http://nas:11434/, http://10.0.0.7:11434' },
        { ollamaUrls: { nas: 'http://nas:11434', '10.0.0.7-11434': 'http://10.0.0.7:11434' } },
      ],
      [{ COORDINATOR_ADVERTISE: 'http://10.0.0.1:8080//' }, { advertise: 'http://10.0.0.1:8080' }],
    ];
    for (const [env, expected] of cases) {
      it(`reads ${JSON.stringify(env)}`, () => expect(load(env)).to.deep.include(expected));
    }

    it('reads labels', () => {
      const labels = (text: string) => loadConfig(agentConfigSchema, { env: { AGENT_LABELS: text }, fileEnv: 'X' }).labels;
      expect(labels('gpu=4090, room=lab=2')).to.deep.equal({ gpu: '4090', room: 'lab=2' });
      expect(labels('empty=')).to.deep.equal({ empty: '' });
    });

    it('reads slots as a number or as auto', () => {
      const slots = (text: string) => loadConfig(agentConfigSchema, { env: { AGENT_SLOTS: text }, fileEnv: 'X' }).slots;
      expect([slots('4'), slots('auto')]).to.deep.equal([4, 'auto']);
    });
  });

  describe('bad values', () => {
    const fromEnv: readonly [string, string, RegExp][] = [
      ['COORDINATOR_PORT', 'eighty', /COORDINATOR_PORT: must be a whole number from 0 to 65535, not "eighty"/],
      ['COORDINATOR_PORT', '70000', /COORDINATOR_PORT: must be at most 65535/],
      ['COORDINATOR_PORT', '-1', /COORDINATOR_PORT: must be at least 0/],
      ['COORDINATOR_PORT', '80.5', /COORDINATOR_PORT: must be a whole number/],
      ['COORDINATOR_PORT', '1e3', /COORDINATOR_PORT: must be a whole number/],
      ['COORDINATOR_PORT', '9'.repeat(400), /COORDINATOR_PORT: /],
      ['COORDINATOR_AUTH', 'yes', /COORDINATOR_AUTH: .*auto.*on.*off/],
      ['COORDINATOR_REDIS_URL', 'http://localhost', /COORDINATOR_REDIS_URL: must start with redis:/],
      ['COORDINATOR_REDIS_PREFIX', '{x}', /COORDINATOR_REDIS_PREFIX: must not contain braces/],
      ['COORDINATOR_ADMIN_KEY', 'short', /COORDINATOR_ADMIN_KEY: must have at least 16 characters/],
      ['COORDINATOR_OLLAMA_URLS', 'nas=ftp://nas', /COORDINATOR_OLLAMA_URLS\[nas\]: must be an address like/],
      ['COORDINATOR_OLLAMA_URLS', 'no address', /COORDINATOR_OLLAMA_URLS\[no address\]/],
      ['COORDINATOR_ADVERTISE', 'javascript:alert(1)', /COORDINATOR_ADVERTISE: must be an address like/],
      ['COORDINATOR_LOG_LEVEL', 'loud', /COORDINATOR_LOG_LEVEL: /],
    ];
    for (const [name, value, problem] of fromEnv) {
      it(`names ${name} and refuses ${value.slice(0, 30)}`, () => expect(problemsOf(() => load({ [name]: value }))).to.match(problem));
    }

    it('never repeats a secret', () => {
      expect(problemsOf(() => load({ COORDINATOR_CLUSTER_SECRET: 'hunter2' }))).to.not.include('hunter2');
      expect(problemsOf(() => load({ COORDINATOR_REDIS_URL: 'http://:hunter2@host' }))).to.not.include('hunter2');
    });

    it('refuses a label that is no pair', () => {
      const problem = problemsOf(() => loadConfig(agentConfigSchema, { env: { AGENT_LABELS: 'gpu' }, fileEnv: 'X' }));
      expect(problem).to.match(/AGENT_LABELS.*gpu/);
    });

    it('names the flag', () => expect(problemsOf(() => load({}, { redisUrl: 'x' }))).to.include('--redis: must start with'));
    it('names the file, and the place within a table', () => {
      const problem = problemsOf(() => loadFile('[ollama_urls]\nnas = "nope"'));
      expect(problem).to.include(`${file}: ollama_urls[nas]: must be an address like`);
    });
    it('refuses a name in the file that is no setting', () => {
      expect(problemsOf(() => loadFile('prot = 1'))).to.include(`${file}: "prot" is not a setting`);
      expect(problemsOf(() => loadFile('agentTtlMs = 1'))).to.include('"agentTtlMs" is not a setting');
      expect(problemsOf(() => loadFile('__proto__ = 1'))).to.include('is not a setting');
    });
    it('says where the file is not TOML', () => expect(problemsOf(() => loadFile('port = 1\nhost ='))).to.match(/line 2/));
    it('says that the file is not there', () =>
      expect(problemsOf(() => load({ COORDINATOR_CONFIG: join(folder, 'none.toml') }))).to.match(/none\.toml.*ENOENT/));
    it('refuses a value of another type in the file', () => {
      expect(problemsOf(() => loadFile('host = 1'))).to.include(`${file}: host: `);
      expect(problemsOf(() => loadFile('trusted_proxies = 1'))).to.include(`${file}: trusted_proxies: `);
      expect(problemsOf(() => loadFile('port = nan'))).to.include(`${file}: port: `);
    });
    it('tells all problems at once', () => {
      const problem = problemsOf(() => loadFile('prot = 1', { COORDINATOR_PORT: 'x', COORDINATOR_AUTH: 'x' }));
      expect(problem).to.include('prot').and.include('COORDINATOR_PORT').and.include('COORDINATOR_AUTH');
    });
  });

  describe('the schemas', () => {
    for (const [program, schema] of [
      ['coordinator', coordinatorConfigSchema],
      ['agent', agentConfigSchema],
    ] as const) {
      const leaves = Object.entries(schema.shape);
      it(`say a sentence for every setting of the ${program}`, () => {
        for (const [key, leaf] of leaves) expect(settingMeta(leaf).description, key).to.match(/^[A-Z].*[.)…]$/);
      });
      it(`name units in the names of the ${program}'s settings`, () => {
        for (const [key, leaf] of leaves) {
          const { unit } = settingMeta(leaf);
          if (unit !== undefined) expect(key.toLowerCase(), key).to.match(new RegExp(`${unit}$`));
        }
      });
      it(`have no name twice (${program})`, () => {
        const names = leaves.flatMap(([key, leaf]) => [settingMeta(leaf).env ?? key, flagName(key, schema), tomlKey(key)]);
        const flags = leaves.map(([key]) => flagName(key, schema));
        expect(new Set(flags).size).to.equal(flags.length);
        expect(names).to.not.include('');
      });
    }
  });
});
