import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { pageSteps } from '../support/pages/page-steps.js';
import { REPOSITORY } from '../support/repository.js';
import { findInvalid, helm, KUBERNETES_VERSIONS } from './support/helm.js';

const PAGE = 'docs/kubernetes.md';

/** The page's commands that need a cluster run in .ci/kubernetes; what they would send is looked at here. */
describe('what the page about Kubernetes sends to a cluster', function () {
  this.timeout(120_000);
  const steps = pageSteps({ path: PAGE, text: readFileSync(join(REPOSITORY, PAGE), 'utf8') });
  const commands = steps
    .filter(({ kind }) => kind !== 'file' && kind !== 'fails')
    .flatMap(({ text }) => text.trim().split('\n'))
    .filter((line) => line.startsWith('helm '));
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oc-page-'));
    symlinkSync(join(REPOSITORY, 'helm'), join(folder, 'helm'));
    for (const { detail, text } of steps.filter(({ kind }) => kind === 'file')) {
      mkdirSync(dirname(join(folder, detail)), { recursive: true });
      writeFileSync(join(folder, detail), text);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is an installation, an upgrade, and values of one’s own', () => {
    expect(commands.map((command) => command.split(' ')[1])).to.deep.equal(['install', 'upgrade', 'template']);
  });

  for (const command of commands) {
    it(`${command}: valid for Kubernetes ${KUBERNETES_VERSIONS.join(', ')}`, async () => {
      const [, , ...words] = command.replace(/ --kube-version \S+/, '').split(' ');
      const args = words.map((word) => (/^helm\/|\.yaml$/.test(word) ? join(folder, word) : word));
      for (const kubernetes of KUBERNETES_VERSIONS) {
        const { stdout } = await helm('template', ...args, '--kube-version', `${kubernetes}.0`);
        expect(stdout.match(/^kind: /gm), kubernetes).to.have.length.above(5);
        expect(await findInvalid(stdout, kubernetes), kubernetes).to.deep.equal([]);
      }
    });
  }
});
