import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, agentIdSchema } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { loadIdentity, makeAgentId } from '#agent/identity.js';

describe('loadIdentity', () => {
  let dataDir: string;
  const load = (settings: { ollamaUrl?: string; nowMs?: number } = {}) =>
    loadIdentity({ dataDir, ollamaUrl: 'http://127.0.0.1:11434', machineName: "Ann's PC", nowMs: 1000, ...settings });

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'oc-identity-'));
  });

  afterEach(() => rm(dataDir, { recursive: true }));

  it('makes an id of machine, port and chance, and keeps it', async () => {
    const first = await load();
    expect(first.agentId).to.match(/^ann-s-pc-11434-[0-9a-f]{6}$/);
    expect((await load()).agentId).to.equal(first.agentId);
  });

  it('grows the incarnation even when the clock was set back', async () => {
    expect((await load({ nowMs: 5000 })).incarnation).to.equal(5000);
    expect((await load({ nowMs: 100 })).incarnation).to.equal(5001);
    expect((await load({ nowMs: 9000 })).incarnation).to.equal(9000);
  });

  it('tells two Ollamas apart, on one machine and on others', async () => {
    const urls = ['http://127.0.0.1:11434', 'http://127.0.0.1:11500', 'http://nas.invalid:11434', 'http://mac.invalid:11434'];
    const ids = [];
    for (const ollamaUrl of urls) ids.push((await load({ ollamaUrl })).agentId);
    expect(new Set(ids).size).to.equal(urls.length);
    expect((await load({ ollamaUrl: 'http://localhost:11434' })).agentId, 'the same Ollama by another name').to.equal(ids[0]);
  });

  it('writes a file that only its owner reads', async () => {
    await load();
    if (process.platform !== 'win32') expect((await stat(join(dataDir, 'identity-11434.json'))).mode & 0o777).to.equal(0o600);
  });

  it('starts afresh from a damaged file', async () => {
    await writeFile(join(dataDir, 'identity-11434.json'), '{"agent_id": "../x"');
    expect((await load()).agentId).to.match(/^ann-s-pc-/);
  });

  it('names the setting when the folder cannot be used', async () => {
    await writeFile(join(dataDir, 'file'), '');
    const failure = await loadIdentity({
      dataDir: join(dataDir, 'file'),
      ollamaUrl: 'http://127.0.0.1:1',
      machineName: 'm',
      nowMs: 1,
    }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(AppError).with.property('code', 'BAD_CONFIG');
    expect((failure as AppError).message).to.contain('AGENT_DATA_DIR');
  });
});

describe('makeAgentId', () => {
  for (const name of ['a', '日本', '-_-', 'x'.repeat(128), 'Ünïcode Box']) {
    it(`makes a valid id of ${JSON.stringify(name.slice(0, 12))}`, () => {
      expect(agentIdSchema.safeParse(makeAgentId(name, 65535)).success).to.equal(true);
    });
  }
});
