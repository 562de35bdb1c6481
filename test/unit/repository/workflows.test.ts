import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { importScript, REPOSITORY } from '../../support/repository.js';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = join(REPOSITORY, '.github', 'workflows');
const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
/** Paths of ours in a command. What a job makes (release/, dist/bundle) or the build does (dist/) is not there when one reads. */
const PATH = /(?<![\w./@-])\.?\/?((?:agent|common|coordinator|docs|helm|scripts|simulator|test|\.ci)\/[\w./@-]+)/g;

describe('the workflows', () => {
  let suites: readonly string[];
  before(async () => {
    const { SUITES } = await importScript<{ SUITES: readonly { name: string }[] }>('test/suites.mjs');
    suites = ['lint', ...SUITES.map(({ name }) => name)];
  });

  for (const file of readdirSync(FOLDER)) {
    describe(file, () => {
      const { permissions, jobs } = parse(readFileSync(join(FOLDER, file), 'utf8')) as Workflow;
      const steps = Object.values(jobs).flatMap((job) => job.steps);
      const commands = steps.flatMap(({ run }) => run ?? []).join('\n');

      it('runs only npm scripts that there are', () => {
        const named = [...commands.matchAll(/npm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, script, short]) => script ?? short ?? '');
        expect(named.filter((script) => scripts[script] === undefined)).to.deep.equal([]);
      });

      it('runs only suites that there are', () => {
        const named = [...commands.matchAll(/npm test -- ([a-z ]+)/g)].flatMap(([, words = '']) => words.trim().split(' '));
        expect(named.filter((name) => !suites.includes(name))).to.deep.equal([]);
      });

      it('names only files that there are', () => {
        const paths = [...commands.matchAll(PATH)].map(([, path = '']) => path).filter((path) => !path.endsWith('/dist/bundle'));
        const named = paths.map((path) => path.replace('/dist/', '/').replace(/\.test\.js$/, '.test.ts'));
        const ours = named.filter((path) => !path.includes('node_modules/'));
        expect(ours.filter((path) => !existsSync(join(REPOSITORY, path)))).to.deep.equal([]);
      });

      it('may read the repository, and where a job may more it says so', () => {
        expect(permissions).to.deep.equal({ contents: 'read' });
      });

      it('leaves no credentials in a clone, and uses nothing of third parties', () => {
        for (const { uses, with: settings } of steps) {
          if (uses !== undefined) expect(uses).to.match(/^actions\/[a-z-]+@v\d+$/);
          if (uses?.startsWith('actions/checkout@')) expect(settings).to.include({ 'persist-credentials': false });
        }
      });

      it('ends by itself', () => {
        for (const [name, job] of Object.entries(jobs)) expect(job['timeout-minutes'], name).to.be.within(1, 90);
      });
    });
  }
});
