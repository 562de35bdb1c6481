import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { importScript } from '../../support/repository.js';

interface Options {
  readonly port?: string;
  readonly ollamaUrl?: string;
  readonly hosted: readonly string[];
  readonly demo: boolean;
  readonly verbose: boolean;
}
interface Model {
  readonly name: string;
  readonly size?: number;
  readonly details?: { readonly family: string };
}

describe('npm start', () => {
  let parseOptions: (args: readonly string[], env?: Record<string, string>) => Options;
  let curlLine: (fleet: { url: string; key?: string; models: readonly Model[]; loaded?: readonly string[]; platform?: string }) => string;
  let provideSecrets: (path: string, host: string, env?: Record<string, string>) => Record<string, string>;
  before(async () => {
    ({ parseOptions } = await importScript<{ parseOptions: typeof parseOptions }>('start/options.mjs'));
    ({ curlLine } = await importScript<{ curlLine: typeof curlLine }>('start/curl-line.mjs'));
    ({ provideSecrets } = await importScript<{ provideSecrets: typeof provideSecrets }>('start/secrets.mjs'));
  });

  describe('parseOptions', () => {
    const parse = (...args: string[]) => parseOptions(args, {});

    it("starts an agent for this machine's Ollama", () => {
      expect(parse()).to.deep.include({ ollamaUrl: 'http://127.0.0.1:11434', hosted: [], demo: false });
      expect(parseOptions([], { AGENT_OLLAMA_URL: 'http://127.0.0.1:9/' }).ollamaUrl).to.equal('http://127.0.0.1:9');
    });
    it('starts none after --no-agent, nor in the demo', () => {
      expect(parse('--no-agent').ollamaUrl).to.equal(undefined);
      expect(parse('--demo').ollamaUrl).to.equal(undefined);
    });
    it('puts the agent in front of the address given', () => {
      expect(parse('--ollama', 'http://127.0.0.1:9/')).to.deep.include({ ollamaUrl: 'http://127.0.0.1:9', hosted: [] });
    });
    it('leaves named addresses, and all but the first without a name, to the coordinator', () => {
      expect(parse('--ollama', 'nas=http://nas:1', '--ollama', 'http://a:1', '--ollama=http://b:1')).to.deep.include({
        ollamaUrl: 'http://a:1',
        hosted: ['nas=http://nas:1', 'http://b:1'],
      });
      expect(parse('--ollama', 'http://a:1', '--no-agent')).to.deep.include({ ollamaUrl: undefined, hosted: ['http://a:1'] });
    });
    it('says how long it took on CI', () => expect(parseOptions([], { CI: 'true' }).verbose).to.equal(true));

    for (const args of [
      ['--prot', '1'],
      ['--port'],
      ['8080'],
      ['--ollama', 'nas'],
      ['--ollama', 'nas=ftp://nas'],
      ['--ollama', 'http://'],
      ['--demo=yes'],
    ]) {
      it(`refuses ${args.join(' ')}`, () => expect(() => parse(...args)).to.throw(Error));
    }
  });

  describe('curlLine', () => {
    const url = 'http://127.0.0.1:8080';
    const platform = 'linux';
    const modelOf = (line: string) => /"model":"([^"]+)"/.exec(line)?.[1];

    it('lists the models while there is none', () => expect(curlLine({ url, models: [] })).to.equal(`curl ${url}/api/tags`));
    it('asks the smallest model', () => {
      const models = [
        { name: 'big', size: 9 },
        { name: 'small', size: 1 },
      ];
      expect(modelOf(curlLine({ url, platform, models }))).to.equal('small');
    });
    it('asks a loaded model before a smaller one', () => {
      const models = [
        { name: 'big', size: 9 },
        { name: 'small', size: 1 },
      ];
      expect(modelOf(curlLine({ url, platform, models, loaded: ['big'] }))).to.equal('big');
    });
    it('asks a model that can talk before one that embeds', () => {
      const models = [
        { name: 'nomic-embed-text', size: 1 },
        { name: 'mini', size: 2, details: { family: 'nomic-bert' } },
        { name: 'chat', size: 9 },
      ];
      expect(modelOf(curlLine({ url, platform, models }))).to.equal('chat');
    });
    it('embeds where nothing can talk', () => {
      const line = curlLine({ url, platform, models: [{ name: 'nomic-embed-text' }] });
      expect(line).to.include('/api/embed ').and.include('"input"');
    });
    it('carries the key', () => expect(curlLine({ url, platform, key: 'oc_1', models: [] })).to.include("-H 'Authorization: Bearer oc_1'"));
    it("is quoted for the system's own shell", () => {
      const models = [{ name: "it's" }];
      expect(curlLine({ url, models, platform: 'linux' })).to.include(`it'\\''s`);
      expect(curlLine({ url, models, platform: 'win32' })).to.include('-d "{\\"model\\":');
    });
  });

  describe('provideSecrets', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'oc-secrets-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const provide = (host: string, env: Record<string, string> = {}) => provideSecrets(join(folder, 'secrets.json'), host, env);

    it('makes none while the coordinator listens on loopback only', () => {
      for (const host of ['127.0.0.1', 'localhost', '::1', '127.8.0.1']) expect(provide(host), host).to.deep.equal({});
      expect(provide('0.0.0.0', { COORDINATOR_AUTH: 'off' })).to.deep.equal({});
    });
    it('makes them once, in a file of this user alone', () => {
      const first = provide('0.0.0.0');
      expect(first.COORDINATOR_ADMIN_KEY).to.have.length.above(16);
      expect(provide('127.0.0.1', { COORDINATOR_AUTH: 'on' })).to.deep.equal(first);
      if (process.platform !== 'win32') expect(statSync(join(folder, 'secrets.json')).mode & 0o077).to.equal(0);
    });
    it('takes those that the environment gives', () => {
      expect(provide('0.0.0.0', { COORDINATOR_ADMIN_KEY: 'given-key' }).COORDINATOR_ADMIN_KEY).to.equal('given-key');
    });
  });
});
