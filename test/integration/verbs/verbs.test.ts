import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ROUTES } from '#coordinator/http/routes.js';
import { listRows } from './rows/lists.js';
import { modelRows } from './rows/models.js';
import { refusedRows } from './rows/refusals.js';
import { requestRows } from './rows/requests.js';
import { type RowTest, startVerbsFleet, type VerbsFleet } from './verbs-fleet.js';

const TESTS: Readonly<Record<string, RowTest>> = { ...listRows, ...modelRows, ...requestRows, ...refusedRows };

/** From test/dist/integration/verbs, where this file runs. */
const page = readFileSync(new URL('../../../../docs/verbs.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| (`(?:GET|HEAD|POST|DELETE) .*?) \| (\S+) \|/gm)].map(([, verb = '', scope = '']) => ({
  verb: verb.replaceAll('`', ''),
  scope,
}));

describe('docs/verbs.md', function () {
  this.timeout(60_000);
  let fleet: VerbsFleet;
  before(async () => {
    fleet = await startVerbsFleet();
  });
  after(() => fleet.close());

  for (const { verb } of rows) {
    it(verb, async () => {
      const test = TESTS[verb];
      if (!test) throw new Error(`no test of the row ${verb}`);
      await test(fleet);
    });
  }

  it('has a row for each test', () => {
    expect(rows.map(({ verb }) => verb)).to.have.members(Object.keys(TESTS));
  });

  it("has a row for each of Ollama's verbs, with its scope", () => {
    const verbs = ROUTES.filter(({ kind }) => kind !== 'api').map(({ method, path, scope }) => ({ verb: `${method} ${path}`, scope }));
    const written = rows.map(({ verb, scope }) => ({ verb, scope: scope === '–' ? 'public' : scope }));
    expect(written).to.deep.include.members(verbs);
  });
});
