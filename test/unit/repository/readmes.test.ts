import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { anchors, type Document, links } from '../../support/read-documents.js';
import { REPOSITORY } from '../../support/repository.js';

const read = (path: string): Document => ({ path, text: readFileSync(join(REPOSITORY, path), 'utf8') });

describe('the readmes', () => {
  const english = read('README.md');
  const japanese = read('README.ja.md');
  const both = (look: (document: Document) => unknown) => expect(look(japanese)).to.deep.equal(look(english));

  it('have the same sections, each with as many points and rows', () => {
    expect(anchors(english.text)).to.have.length.above(8);
    both(({ text }) => text.split(/^## /m).map((section) => ['- ', '| '].map((mark) => section.split(`\n${mark}`).length - 1)));
  });

  it('lead to the same pages, but for each other', () => {
    const targets = (document: Document) => links(document).map(({ target, heading }) => `${target}#${heading ?? ''}`);
    const others = (document: Document) => [...new Set(targets(document))].filter((target) => !target.startsWith('README')).sort();
    expect(others(english)).to.have.length.above(15);
    both(others);
  });

  it('show the same commands, in the same order', () => {
    both(({ text }) => [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block));
  });

  it('name the same settings and commands', () => {
    both(({ text }) => [...new Set(text.match(/`[^`\n]+`/g))].sort());
  });
});
