import { expect } from 'chai';
import { readDocuments } from '../../support/read-documents.js';

describe('decision records', () => {
  const records = readDocuments().filter(({ path }) => path.startsWith('specs/adr/'));

  it('are numbered without a gap', () => {
    const numbers = records.map(({ path }) => Number(/ADR-(\d{4})-/.exec(path)?.[1])).sort((one, other) => one - other);
    expect(numbers).to.deep.equal(numbers.map((_, index) => index + 1));
  });

  for (const { path, text } of records) {
    it(`${path} gives context, decision and consequences in at most 40 lines`, () => {
      expect(text.trimEnd().split('\n').length).to.be.at.most(40);
      expect([...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).to.deep.equal(['Context', 'Decision', 'Consequences']);
    });
  }
});
