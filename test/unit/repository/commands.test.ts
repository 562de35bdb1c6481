import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type PageStep, pageSteps } from '../../support/pages/page-steps.js';
import { SESSIONS } from '../../support/pages/sessions.js';
import { readDocuments } from '../../support/read-documents.js';

/** A command that shows on several pages is followed on one. */
const normalized = ({ text }: PageStep) => text.replaceAll(/\s+/g, ' ').trim();

describe('the commands in documents', () => {
  const followed = SESSIONS.flatMap(({ pages }) => pages);
  const steps = readDocuments().flatMap(pageSteps);
  const run = new Set(steps.filter(({ page, kind }) => followed.includes(page) && kind !== 'elsewhere').map(normalized));

  it('are followed by test/docs, shown on a page that is, or marked with a reason', () => {
    const forgotten = steps.filter((step) => step.kind !== 'elsewhere' && step.kind !== 'file' && !run.has(normalized(step)));
    expect(forgotten.map(({ page, text }) => `${page}: ${text}`)).to.deep.equal([]);
  });

  it('are counted', () => {
    const commands = steps.filter(({ kind }) => kind !== 'file');
    const elsewhere = commands.filter(({ kind }) => kind === 'elsewhere');
    console.log(
      `      ${commands.length} blocks of commands: ${commands.length - elsewhere.length} followed in CI, ${elsewhere.length} not here:`,
    );
    for (const { page, detail, text } of elsewhere) console.log(`        ${page}: ${text.split('\n')[0]} (${detail})`);
    expect(commands.length).to.be.above(elsewhere.length * 2);
  });

  it('follow pages that exist', () => {
    for (const page of followed) expect(readFileSync(page, 'utf8')).to.match(/^# /);
  });
});
