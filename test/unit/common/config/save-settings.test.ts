import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentConfigSchema, loadConfig, saveSettings } from '@ollama-coordinator/common';
import { expect } from 'chai';

describe('saveSettings', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-settings-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes what is read again, keeps the rest, and takes out what is undefined', async () => {
    const path = join(folder, 'sub', 'agent.toml');
    saveSettings(path, { coordinatorUrl: 'http://one:8080', host: '0.0.0.0', port: 0 });
    saveSettings(path, { coordinatorUrl: 'http://two:8080', host: undefined });
    expect(await readFile(path, 'utf8')).to.equal('coordinator_url = "http://two:8080"\nport = 0\n');
    expect(loadConfig(agentConfigSchema, { env: {}, fileEnv: 'NONE', usualFile: path })).to.deep.include({
      coordinatorUrl: 'http://two:8080',
      port: 0,
    });
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });

  it('says so where the file is damaged, and leaves it', async () => {
    const path = join(folder, 'agent.toml');
    await writeFile(path, 'port = = 1');
    expect(() => saveSettings(path, { port: 0 })).to.throw(/agent\.toml: line 1/);
    expect(await readFile(path, 'utf8')).to.equal('port = = 1');
  });

  it('is in force only where the variable names no other file', () => {
    const config = loadConfig(agentConfigSchema, { env: {}, fileEnv: 'AGENT_CONFIG', usualFile: join(folder, 'absent.toml') });
    expect(config.coordinatorUrl).to.equal('http://127.0.0.1:8080');
  });
});
