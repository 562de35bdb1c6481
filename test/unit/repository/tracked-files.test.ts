import { readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { expect } from 'chai';
import { importScript, REPOSITORY } from '../../support/repository.js';
import { listTrackedFiles } from './tracked-files.js';

/** Joined here, so that this file does not hold what it looks for. */
const word = (...parts: string[]) => parts.join('');
const MACHINE_PATHS = [word('/wo', 'rk/'), word('/tmp/', 'wt'), word('/ro', 'ot/'), word('/Us', 'ers/')];
const REGISTRY_HOSTS = [
  word('registry.', 'npmjs.org'),
  word('registry.', 'yarnpkg.com'),
  word('files.', 'pythonhosted.org'),
  word('proxy.', 'golang.org'),
  word('deb.', 'debian.org'),
  word('static.', 'crates.io'),
];
const BINARY = new Set(['.png', '.ico', '.icns', '.gguf', '.woff2', '.zip', '.bin']);

describe('the files of the repository', () => {
  let files: string[];
  before(function () {
    files = listTrackedFiles() ?? this.skip();
  });

  const textFiles = () => files.filter((path) => !BINARY.has(extname(path)) && statSync(join(REPOSITORY, path)).size < 5_000_000);

  it('name no folder of the machine they were written on, and no host of a package registry', () => {
    const found = textFiles().flatMap((path) => {
      const text = readFileSync(join(REPOSITORY, path), 'utf8');
      return [...MACHINE_PATHS, ...REGISTRY_HOSTS].filter((name) => text.includes(name)).map((name) => `${path}: ${name}`);
    });
    expect(found).to.deep.equal([]);
  });

  it('hold tests only where a suite runs them', async () => {
    const { SUITES } = await importScript<{ SUITES: readonly { name: string }[] }>('test/suites.mjs');
    const folders = SUITES.map(({ name }) => `test/${name}/`);
    const lost = files.filter((path) => /\.(test|spec)\.[cm]?[jt]sx?$/.test(path) && !folders.some((folder) => path.startsWith(folder)));
    expect(lost).to.deep.equal([]);
  });

  it('hold tests only under names that the suites match', () => {
    const suite = /^test\/(unit|contract|integration|e2e|real|attacks)\//;
    const lost = files.filter(
      (path) => suite.test(path) && !path.endsWith('.test.ts') && /\bit\(['"`]/.test(readFileSync(join(REPOSITORY, path), 'utf8')),
    );
    expect(lost).to.deep.equal([]);
  });

  it('hold nothing that was built', () => {
    expect(files.filter((path) => /(^|\/)(dist|node_modules)\/|\.tsbuildinfo$/.test(path))).to.deep.equal([]);
  });

  it('have names in kebab case', () => {
    const free = /^(README|ARCHITECTURE|CONTRIBUTING|CHANGELOG|LICENSE|NOTICE|Dockerfile|Chart|SPEC-|ADR-|Modelfile)/;
    const wrong = files.filter((path) => {
      const name = path.split('/').pop() ?? '';
      return /\.(ts|tsx|mjs)$/.test(name) && !free.test(name) && !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/.test(name);
    });
    expect(wrong).to.deep.equal([]);
  });
});
