import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { REPOSITORY } from '../../support/repository.js';

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');
const lock = JSON.parse(read('package-lock.json')) as {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, { readonly link?: boolean; readonly integrity?: string; readonly inBundle?: boolean }>>;
};
const release = parse(read('.github/workflows/release.yml')) as {
  readonly jobs: Readonly<
    Record<string, { readonly permissions?: object; readonly steps: readonly { readonly run?: string; readonly uses?: string }[] }>
  >;
};

describe('the supply chain', () => {
  it('has a hash of every package that is installed', () => {
    const ours = (path: string) => !path.startsWith('node_modules/') && !path.includes('/node_modules/');
    const without = Object.entries(lock.packages).filter(
      ([path, entry]) => !ours(path) && !entry.link && !entry.inBundle && !entry.integrity,
    );
    expect(without.map(([path]) => path)).to.deep.equal([]);
    expect(lock.lockfileVersion).to.equal(3);
  });

  it('runs no script of a package at installation', () => {
    expect(read('.npmrc')).to.match(/^ignore-scripts=true$/m);
    const workflows = readdirSync(join(REPOSITORY, '.github', 'workflows'));
    const installs = workflows.flatMap((name) => read(`.github/workflows/${name}`).match(/npm (ci|install)\b.*/g) ?? []);
    for (const line of installs) expect(line).to.contain('--ignore-scripts');
  });

  it('stops a push and a release at a known hole', () => {
    expect(read('.github/workflows/ci.yml')).to.contain('npm run audit:gate -- --strict');
    expect(release.jobs.check?.steps.map(({ run }) => run)).to.include('npm run audit:gate -- --strict');
  });

  it('releases with a bill of materials', () => {
    expect(release.jobs.packages?.steps.some(({ run }) => run?.includes('--sbom-format cyclonedx'))).to.equal(true);
  });

  it('signs what it releases, and needs no secret for that', () => {
    for (const name of ['images', 'chart', 'release']) {
      const { permissions, steps } = release.jobs[name] ?? { steps: [] };
      expect(permissions, name).to.include({ 'id-token': 'write', attestations: 'write' });
      expect(
        steps.some(({ uses }) => uses?.startsWith('actions/attest-build-provenance@')),
        name,
      ).to.equal(true);
    }
    expect(release.jobs.packages?.steps.some(({ run }) => run?.includes('--provenance'))).to.equal(true);
    // Installers are the exception: systems want them signed with a certificate that somebody bought; so is the list by which agents update.
    for (const name of ['packages', 'images', 'chart']) expect(JSON.stringify(release.jobs[name]), name).not.to.contain('secrets.');
    expect(JSON.stringify(release.jobs.release).match(/secrets\.\w+/g)).to.deep.equal(['secrets.AGENT_RELEASE_PRIVATE_KEY']);
  });
});
