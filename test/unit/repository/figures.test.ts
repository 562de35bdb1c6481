import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { importScript, REPOSITORY } from '../../support/repository.js';

type Read = (path: string) => string;
type WriteFigures = (options?: { readonly read: Read }) => ReadonlyMap<string, string>;

describe('figures in documents', () => {
  let writeFigures: WriteFigures;
  before(async () => {
    ({ writeFigures } = await importScript<{ writeFigures: WriteFigures }>('figures/write-figures.mjs'));
  });
  const read: Read = (path) => readFileSync(join(REPOSITORY, path), 'utf8');
  const BENCHMARKS = 'docs/benchmarks.md';

  it('are those of docs/benchmarks.md', () => {
    for (const [path, text] of writeFigures()) expect(read(path), `${path}: run npm run docs:figures`).to.equal(text);
  });

  it('follow what is measured', () => {
    const row = /^(\| dispatch: added until Ollama has the request, p50 +\| +)[\d.]+/m;
    expect(read(BENCHMARKS)).to.match(row);
    const written = writeFigures({ read: (path) => (path === BENCHMARKS ? read(path).replace(row, '$17.86') : read(path)) });
    expect(written.get('README.md')).to.include('Adds 7.9 ms at the median');
    expect(written.get('README.ja.md')).to.include('中央値で 7.9 ms');
    expect(written.get('docs/capacity.md')).to.include('It adds 7.9 ms before');
  });

  it('are not kept where nothing measures them, or where the sentence is gone', () => {
    const without = (document: string, text: string) => () =>
      writeFigures({ read: (path) => (path === document ? read(path).replaceAll(text, '') : read(path)) });
    expect(without(BENCHMARKS, '| dispatch')).to.throw(/docs\/benchmarks\.md has no measured of/);
    expect(without('README.md', 'Adds ')).to.throw(/README\.md has no sentence "Adds # ms/);
  });
});
