import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { diskFreeBytes, locateModels } from '#agent/transfer/locate-models.js';

describe('locateModels', () => {
  const home = mkdtempSync(join(tmpdir(), 'oc-home-'));
  after(() => rmSync(home, { recursive: true }));
  const local = { ollamaUrl: 'http://127.0.0.1:11434', modelsDir: undefined };
  const unknown = async () => undefined;

  for (const { name, options, found } of [
    {
      name: 'what the setting names, wherever Ollama is',
      options: { config: { ollamaUrl: 'http://nas:11434', modelsDir: '/mnt/nas' }, ownEnvironment: {}, readEnvironment: unknown },
      found: { folder: '/mnt/nas', isNamed: true },
    },
    {
      name: 'nothing for an Ollama on another machine',
      options: { config: { ...local, ollamaUrl: 'http://192.0.2.1:11434' }, ownEnvironment: { OLLAMA_MODELS: '/here' } },
      found: undefined,
    },
    {
      name: 'what the environment of Ollama names',
      options: {
        config: local,
        ownEnvironment: { OLLAMA_MODELS: '/b' },
        readEnvironment: async () => ({ OLLAMA_MODELS: '/a', HOME: '/h' }),
      },
      found: { folder: '/a', isNamed: true },
    },
    {
      name: 'the default folder of the user that Ollama runs as',
      options: { config: local, ownEnvironment: { OLLAMA_MODELS: '/b' }, readEnvironment: async () => ({ HOME: '/h' }) },
      found: { folder: join('/h', '.ollama', 'models'), isNamed: false },
    },
    {
      name: "what this program's environment names, where that of Ollama cannot be read",
      options: { config: local, ownEnvironment: { OLLAMA_MODELS: '/b' }, readEnvironment: unknown },
      found: { folder: '/b', isNamed: false },
    },
  ] as const) {
    it(`finds ${name}`, async () => {
      expect(await locateModels({ home, ...options })).to.deep.equal(found);
    });
  }

  it('finds the default folder once there is one', async () => {
    mkdirSync(join(home, '.ollama', 'models', 'manifests'), { recursive: true });
    const options = { home, config: local, ownEnvironment: {}, readEnvironment: unknown };
    expect(await locateModels(options)).to.deep.equal({ folder: join(home, '.ollama', 'models'), isNamed: false });
  });

  it('tells the free disk also of a folder that is still to come', async () => {
    expect(await diskFreeBytes(join(home, 'not', 'yet'))).to.be.above(0);
  });
});
