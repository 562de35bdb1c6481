import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SERVICE_SCOPES } from '#agent/service/service-scope.js';
import { systemdUnit } from '#agent/service/systemd-unit.js';

/** What systemd-analyze says of a unit in a file of its own. */
async function analyze(args: readonly string[], text: string): Promise<{ code: number; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-unit-'));
  const path = join(folder, 'ollama-agent.service');
  await writeFile(path, text);
  const result = await new Promise<{ code: number; output: string }>((resolve) => {
    execFile('systemd-analyze', [...args, path], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
    });
  });
  await rm(folder, { recursive: true, force: true });
  return result;
}

describe('the unit of the service, as systemd itself reads it', () => {
  const unit = (scope: (typeof SERVICE_SCOPES)[number]) =>
    systemdUnit({
      scope,
      program: [process.execPath],
      dataDir: '/x',
      home: '/x',
      uid: 0,
      programData: '',
      graphicsGroups: [],
      envPath: '/etc/ollama-agent/agent.env',
    });

  for (const scope of SERVICE_SCOPES)
    it(`holds nothing that systemd does not know: ${scope}`, async () => {
      const args = scope === 'user' ? ['--user', 'verify', '--man=no'] : ['verify', '--man=no'];
      const { output } = await analyze(args, unit(scope));
      expect(output.split('\n').filter((line) => line.includes('ollama-agent.service'))).to.deep.equal([]);
    });

  it('is rated as confined', async () => {
    const { output } = await analyze(['security', '--offline=yes', '--no-pager'], unit('system'));
    const [, exposure = ''] = /Overall exposure level for \S+: ([\d.]+)/.exec(output) ?? [];
    console.log(`      systemd-analyze security: exposure ${exposure} of 10`);
    expect(Number(exposure)).to.be.greaterThan(0).and.at.most(2.5);
  });
});
