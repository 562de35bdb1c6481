import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { readFeed } from '#agent/update/read-feed.js';
import { makeReleaseKey } from '../../support/download/release-feed.js';
import { REPOSITORY } from '../../support/repository.js';

describe('sign-feed.mjs', () => {
  it('writes a list that agents with the public half of the key trust', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oc-feed-'));
    const { privateKey, publicKey } = makeReleaseKey();
    await writeFile(join(folder, 'ollama-agent-win32-x64.exe'), 'program');
    const script = join(REPOSITORY, 'scripts', 'release', 'sign-feed.mjs');
    const env = { AGENT_RELEASE_PRIVATE_KEY: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
    const { stdout } = await promisify(execFile)(process.execPath, [script, 'v0.2.0', folder], { env });
    expect(stdout).to.equal('agent-feed.json names ollama-agent-win32-x64.exe\n');
    const text = await readFile(join(folder, 'agent-feed.json'), 'utf8');
    const release = readFeed(text, { feedUrl: 'https://releases.example/agent-feed.json', publicKey, platform: 'win32-x64' });
    expect(release).to.include({ version: '0.2.0', url: 'https://releases.example/ollama-agent-win32-x64.exe' });
    await rm(folder, { recursive: true, force: true });
  });
});
