import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { REPOSITORY } from '../support/repository.js';

const run = promisify(execFile);

/** What actionlint finds in the workflows of a repository. */
async function findings(folder: string): Promise<readonly { readonly message: string }[]> {
  const { stdout } = await run('actionlint', ['-format', '{{json .}}'], { cwd: folder }).catch((failure: { stdout: string }) => failure);
  return JSON.parse(stdout) as { message: string }[];
}

describe('the workflows', () => {
  it('are understood by GitHub as actionlint knows it', async () => {
    expect(await findings(REPOSITORY)).to.deep.equal([]);
  });

  it('would not be with a job that needs one which is not there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oc-workflow-'));
    try {
      mkdirSync(join(folder, '.git'));
      mkdirSync(join(folder, '.github', 'workflows'), { recursive: true });
      const job = 'needs: gone\n    runs-on: ubuntu-latest\n    steps: [{ run: "true" }]';
      writeFileSync(join(folder, '.github', 'workflows', 'a.yml'), `on: push\njobs:\n  one:\n    ${job}\n`);
      expect((await findings(folder)).map(({ message }) => message).join()).to.include('gone');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
