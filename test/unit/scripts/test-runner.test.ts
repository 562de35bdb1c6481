import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { SuiteCounts } from '../../support/reporter.js';
import { importScript, REPOSITORY } from '../../support/repository.js';

interface Row {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly note: string;
  readonly failures: readonly string[];
}
interface Ending {
  readonly code?: number;
  readonly signal?: string;
  readonly error?: Error;
  readonly hung?: string;
}

describe('npm test', () => {
  let judge: (counts: Partial<SuiteCounts> | undefined, ending: Ending) => Row;
  let formatSummary: (rows: readonly Row[]) => string;
  before(async () => {
    ({ judge } = await importScript<{ judge: typeof judge }>('test/run-suite.mjs'));
    ({ formatSummary } = await importScript<{ formatSummary: typeof formatSummary }>('test/summary.mjs'));
  });

  describe('judge', () => {
    const counts = { passed: 3, failed: 0, skipped: 1, complete: true, failures: [] };

    it('takes a clean run as it is', () =>
      expect(judge(counts, { code: 0, hung: '' })).to.deep.equal({ passed: 3, failed: 0, skipped: 1, note: '', failures: [] }));
    it('takes failed tests as they are', () =>
      expect(judge({ ...counts, failed: 2 }, { code: 2, hung: '' })).to.include({ failed: 2, note: '' }));

    const broken: readonly [string, Partial<SuiteCounts> | undefined, Ending, RegExp][] = [
      ['died without a word', undefined, { signal: 'SIGKILL', hung: '' }, /before its last test \(SIGKILL\)/],
      ['left in the middle with exit code 0', { ...counts, complete: false }, { code: 0, hung: '' }, /before its last test/],
      ['failed after its last test', counts, { code: 7, hung: '' }, /exited with code 7/],
      ['hid a failure', { ...counts, failed: 1 }, { code: 0, hung: '' }, /code 0 after 1 failed/],
      ['kept something open', counts, { signal: 'SIGKILL', hung: 'open' }, /kept the process alive/],
      ['hung', { ...counts, complete: false }, { signal: 'SIGKILL', hung: 'slow' }, /time limit/],
      ['could not start', undefined, { error: new Error('spawn ENOENT'), hung: '' }, /ENOENT/],
      ['ran nothing', { ...counts, passed: 0, skipped: 0 }, { code: 0, hung: '' }, /no test was run/],
    ];
    for (const [what, given, ending, note] of broken) {
      it(`counts a failure more where the suite ${what}`, () => {
        const row = judge(given, ending);
        expect(row.failed).to.equal((given?.failed ?? 0) + 1);
        expect(row.note).to.match(note);
      });
    }
  });

  describe('formatSummary', () => {
    const row = { name: 'unit', passed: 5, failed: 0, skipped: 0, seconds: 1.25, note: '', failures: [] };
    const lastLine = (rows: readonly Row[]) => formatSummary(rows).split('\n').pop();

    it('ends with the plain totals of all suites', () => {
      expect(lastLine([row, { ...row, name: 'e2e', passed: 2, failed: 1 }])).to.equal('7 passed, 1 failed');
      expect(lastLine([row, { ...row, skipped: 2 }])).to.equal('10 passed, 0 failed, 2 skipped');
    });
    it('names each suite and why it has no result', () => {
      expect(formatSummary([row, { ...row, name: 'real', passed: 0, skipped: 1, note: 'suite skipped: no Ollama' }])).to.match(
        /real .*no Ollama/,
      );
    });
    it('says once more at its end what failed, or why a suite did', () => {
      const failed = { ...row, name: 'e2e', failed: 1, failures: ['the page loads: timed out'] };
      const hung = { ...row, name: 'real', failed: 1, note: 'it did not end' };
      expect(formatSummary([row, failed, hung])).to.match(/failed:\n {2}e2e: the page loads: timed out\n {2}real: it did not end\n/);
      expect(formatSummary([row])).to.not.contain('failed:');
    });
  });

  describe('the reporter', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(REPOSITORY, 'test', 'dist', 'reporter-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    function runMocha(test: string): { counts: SuiteCounts; code: number | null } {
      const file = join(folder, 'some.test.js');
      const countsFile = join(folder, 'counts.json');
      writeFileSync(file, test);
      const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
      const { status } = spawnSync(process.execPath, [mocha, file, '--reporter', 'test/dist/support/reporter.js'], {
        cwd: REPOSITORY,
        env: { ...process.env, TEST_COUNTS_FILE: countsFile },
      });
      return { counts: JSON.parse(readFileSync(countsFile, 'utf8')) as SuiteCounts, code: status };
    }

    it('counts what passed, failed and was skipped', () => {
      const run = runMocha("it('a', () => {}); it('b', () => { throw new Error('wrong\\nat length') }); it.skip('c', () => {});");
      const counts = { passed: 1, failed: 1, skipped: 1, complete: true, failures: ['b: wrong'] };
      expect(run).to.deep.equal({ counts, code: 1 });
    });
    it('tells a run that broke off', () => {
      const { counts } = runMocha("it('a', () => {}); it('b', () => process.exit(0));");
      expect(counts).to.deep.equal({ passed: 1, failed: 0, skipped: 0, complete: false, failures: [] });
    });
    it('counts a failing hook', () => {
      expect(runMocha("before(() => { throw new Error('x') }); it('a', () => {});").counts.failed).to.equal(1);
    });
    it('fails a run with a rejection that nobody handles', () => {
      expect(runMocha("it('a', (done) => { Promise.reject(new Error('x')); setTimeout(done, 50); });").code).to.not.equal(0);
    });
  }).timeout(20_000);
});
