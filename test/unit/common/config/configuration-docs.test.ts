import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentConfigSchema, coordinatorConfigSchema, loadConfig } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { importScript, REPOSITORY } from '../../../support/repository.js';

describe('docs/api.md', () => {
  it('is what scripts/generate-config-docs.mjs makes of the contract and the table of errors', async () => {
    const { describeApi } = await importScript<{ describeApi: () => Promise<string> }>('config-docs/describe-api.mjs');
    const text = readFileSync(join(REPOSITORY, 'docs', 'api.md'), 'utf8').replaceAll('\r\n', '\n');
    expect(text, 'run npm run docs:config').to.equal(await describeApi());
  });
});

describe('docs/configuration.md', () => {
  const path = join(REPOSITORY, 'docs', 'configuration.md');

  it('is what scripts/generate-config-docs.mjs makes of the schemas', async () => {
    const { describeConfig } = await importScript<{ describeConfig: () => Promise<string> }>('config-docs/describe-config.mjs');
    expect(readFileSync(path, 'utf8').replaceAll('\r\n', '\n'), 'run node scripts/generate-config-docs.mjs').to.equal(
      await describeConfig(),
    );
  });

  it('has sample files that the programs accept, and that change nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oc-sample-'));
    try {
      const samples = [...readFileSync(path, 'utf8').matchAll(/```toml\r?\n([\s\S]*?)```/g)].map(([, toml = '']) => toml);
      const file = join(folder, 'sample.toml');
      writeFileSync(file, samples[0] ?? '');
      const load = (env: Record<string, string>) => loadConfig(coordinatorConfigSchema, { env, fileEnv: 'FILE' });
      expect(load({ FILE: file })).to.deep.equal(load({}));
      writeFileSync(file, samples[1] ?? '');
      const loadAgent = (env: Record<string, string>) => loadConfig(agentConfigSchema, { env, fileEnv: 'FILE' });
      expect(loadAgent({ FILE: file })).to.deep.equal(loadAgent({}));
      expect(samples).to.have.length(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
