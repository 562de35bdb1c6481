import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';
import { REPOSITORY } from '../../support/repository.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly type?: string;
  readonly license?: string;
  readonly engines?: { readonly node: string };
  readonly workspaces?: readonly string[];
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const readJson = <Type>(...path: string[]) => JSON.parse(readFileSync(join(REPOSITORY, ...path), 'utf8')) as Type;
const root = readJson<Manifest>('package.json');
/** Folder → manifest. */
const packages = new Map((root.workspaces ?? []).flatMap(expand).map((folder) => [folder, readJson<Manifest>(folder, 'package.json')]));
const folderOf = new Map([...packages].map(([folder, { name }]) => [name, folder]));

function expand(pattern: string): string[] {
  if (!pattern.endsWith('/*')) return [pattern];
  const parent = pattern.slice(0, -2);
  return readdirSync(join(REPOSITORY, parent))
    .map((name) => `${parent}/${name}`)
    .filter((folder) => existsSync(join(REPOSITORY, folder, 'package.json')));
}

/** Folders that a project's tsconfig refers to, relative to the repository. */
function referencesOf(folder: string): string[] {
  const { references = [] } = readJson<{ references?: { path: string }[] }>(folder, 'tsconfig.json');
  return references.map(({ path }) => relative(REPOSITORY, join(REPOSITORY, folder, path)).replaceAll('\\', '/')).sort();
}

function workspaceDependencies({ dependencies, devDependencies }: Manifest): string[] {
  return Object.keys({ ...dependencies, ...devDependencies })
    .flatMap((name) => folderOf.get(name) ?? [])
    .sort();
}

describe('the packages', () => {
  it('are all built from the root', () => {
    expect(referencesOf('.')).to.deep.equal([...packages.keys(), 'test'].sort());
  });

  for (const [folder, manifest] of packages) {
    describe(manifest.name, () => {
      it('refers in its tsconfig to exactly the packages of ours that it depends on', () => {
        // Balancers are loaded by name when a coordinator starts; nothing compiles against them.
        const compiled = workspaceDependencies(manifest).filter((path) => folder !== 'coordinator' || !path.startsWith('balancers/'));
        expect(referencesOf(folder)).to.deep.equal(compiled);
      });

      it('asks for its siblings in the version that they have', () => {
        for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
          const sibling = folderOf.get(name);
          if (sibling !== undefined) expect(version, name).to.equal(packages.get(sibling)?.version);
        }
      });

      it('exports what the build makes', () => {
        for (const target of [...Object.values(manifest.exports ?? {}), ...Object.values(manifest.bin ?? {})]) {
          const [path = ''] = target.split('*');
          expect(existsSync(join(REPOSITORY, folder, path)), target).to.equal(true);
        }
      });

      it('is an ES module for the Node that the root asks for', () => {
        expect(manifest).to.deep.include({ type: 'module', license: 'MIT', engines: root.engines });
      });
    });
  }

  it('are all at hand for the tests, in references and in dependencies', () => {
    expect(referencesOf('test')).to.deep.equal([...packages.keys()].sort());
    expect(workspaceDependencies(root)).to.deep.equal([...packages.keys()].sort());
  });
});

describe('package-lock.json', () => {
  const { packages: locked } = readJson<{ packages: Record<string, { resolved?: string; link?: boolean; integrity?: string }> }>(
    'package-lock.json',
  );

  it('names no host: any registry serves the same, by checksum', () => {
    expect(Object.entries(locked).filter(([, { resolved }]) => resolved?.includes('://'))).to.deep.equal([]);
  });

  it('has a checksum for everything that comes from a registry', () => {
    const bare = Object.entries(locked).filter(
      ([path, { integrity, link }]) => path.includes('node_modules/') && !link && integrity === undefined,
    );
    expect(bare.map(([path]) => path)).to.deep.equal([]);
  });

  it('knows every package of the repository', () => {
    for (const folder of packages.keys()) expect(locked, dirname(folder)).to.have.property(folder);
  });
});
