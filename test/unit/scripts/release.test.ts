import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { importScript, REPOSITORY } from '../../support/repository.js';

interface Commit {
  readonly subject: string;
  readonly body: string;
}

describe('a release', () => {
  let composeChangelog: (commits: readonly Commit[]) => string;
  let writeVersion: (version: string, root: string) => string;
  before(async () => {
    ({ composeChangelog } = await importScript<{ composeChangelog: typeof composeChangelog }>('release/compose-changelog.mjs'));
    ({ writeVersion } = await importScript<{ writeVersion: typeof writeVersion }>('release/write-version.mjs'));
  });

  describe('composeChangelog', () => {
    const changelog = (...subjects: string[]) => composeChangelog(subjects.map((subject) => ({ subject, body: '' })));

    it('sorts what users notice, and names the package', () => {
      expect(changelog('fix(agent): a leak', 'feat: machines join by a link', 'perf(coordinator): fewer copies', 'fix: one more')).to.equal(
        '## New\n- machines join by a link\n\n## Mended\n- **agent**: a leak\n- one more\n\n## Faster\n- **coordinator**: fewer copies\n',
      );
    });

    it('leaves out what they do not notice', () => {
      expect(changelog('test: more', 'docs(agent): a word', 'Merge branch main', 'wip')).to.equal('Nothing that users notice.\n');
    });

    it('begins with what they must change, in the words of the commit', () => {
      const body = 'More.\n\nBREAKING CHANGE: rename AGENT_X to AGENT_Y\n';
      const told = composeChangelog([
        { subject: 'feat: a', body: '' },
        { subject: 'refactor(agent): names', body },
        { subject: 'fix!: b', body: '' },
      ]);
      expect(told).to.match(/^## What you must change\n- \*\*agent\*\*: rename AGENT_X to AGENT_Y\n- b\n\n## New\n- a\n$/);
    });
  });

  describe('writeVersion', () => {
    let root: string;
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'oc-version-'));
      const { workspaces } = readLock(REPOSITORY);
      for (const path of ['package-lock.json', 'lerna.json', 'helm/ollama-coordinator/Chart.yaml', ...workspaces.map(manifest)]) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        cpSync(join(REPOSITORY, path), join(root, path));
      }
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    const manifest = (folder: string) => join(folder, 'package.json');
    const read = (path: string, at = root) => readFileSync(join(at, path), 'utf8');

    function readLock(at: string) {
      const { version, packages } = JSON.parse(read('package-lock.json', at)) as { version: string; packages: Record<string, object> };
      return { version, workspaces: Object.keys(packages).filter((path) => !path.includes('node_modules/')) };
    }

    it('reaches every place, and nothing else', () => {
      const { version: before, workspaces } = readLock(root);
      expect(workspaces).to.have.length.above(10);
      expect(writeVersion('9.8.7', root)).to.equal(before);
      expect(readLock(root).version).to.equal('9.8.7');
      const paths = ['package-lock.json', 'lerna.json', 'helm/ollama-coordinator/Chart.yaml', ...workspaces.map(manifest)];
      for (const path of paths) expect(read(path), path).to.include('9.8.7');
      for (const path of workspaces.map(manifest))
        expect(read(path), path).not.to.match(new RegExp(`ollama-coordinator/[^"]*": "${before}"`));
      writeVersion(before, root);
      for (const path of paths) expect(read(path), path).to.equal(read(path, REPOSITORY));
    });

    it('refuses what is no version', () => {
      for (const version of ['', 'v1.2.3', '1.2', 'latest']) expect(() => writeVersion(version, root), version).to.throw(/is no version/);
    });
  });
});
