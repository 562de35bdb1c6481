import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { anchors, links, namedPaths, readDocuments } from '../../support/read-documents.js';

/** Its open tasks name files that are still to come; tasks.test.ts holds the done ones. */
const TASKS = 'specs/SPEC-32e2b31a/tasks.md';

describe('documents', () => {
  const documents = readDocuments();

  it('are found', () => {
    const paths = documents.map(({ path }) => path);
    expect(paths).to.include.members([
      'ARCHITECTURE.md',
      'README.md',
      'README.ja.md',
      'CONTRIBUTING.md',
      TASKS,
      'specs/adr/ADR-0001-proxying.md',
    ]);
  });

  for (const document of documents) {
    it(`${document.path} names files and folders that exist`, () => {
      const paths = document.path === TASKS ? [] : namedPaths(document.text);
      expect(paths.filter((path) => !existsSync(path))).to.deep.equal([]);
    });

    it(`${document.path} links to files and headings that exist`, () => {
      const broken = links(document).filter(({ target, heading }) => {
        const linked = documents.find(({ path }) => path === target);
        return !existsSync(target) || (heading !== undefined && linked !== undefined && !anchors(linked.text).includes(heading));
      });
      expect(broken.map(({ target, heading }) => `${target}${heading === undefined ? '' : `#${heading}`}`)).to.deep.equal([]);
    });
  }

  it('name the test command in both readmes', () => {
    for (const path of ['README.md', 'README.ja.md'])
      expect(documents.find((document) => document.path === path)?.text).to.include('\nnpm test\n');
  });
});
