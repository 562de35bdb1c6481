import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PageStep, pageSteps } from '../support/pages/page-steps.js';
import { SESSIONS } from '../support/pages/sessions.js';
import { REPOSITORY } from '../support/repository.js';
import { furnishClone } from './support/furnish-clone.js';
import { openPageShell, type PageShell } from './support/page-shell.js';

/** What a reader fills in. */
const ADDRESS = '<address of this repository>';
const CLONE: PageStep = {
  page: 'before',
  kind: 'run',
  detail: '',
  text: `git clone -q ${ADDRESS} ollama-coordinator\ncd ollama-coordinator\n`,
};
/** An Ollama like any other, but quick. */
const MODELS = { models: [{ name: 'llama3.2', decodeTokensPerS: 1000, outputTokens: 20, loadMs: 1 }] };
const OLLAMA: PageStep = {
  page: 'before',
  kind: 'until',
  detail: '"url"',
  text: `echo '${JSON.stringify(MODELS)}' > "$HOME/ollama.json"
node ${join(REPOSITORY, 'test/dist/support/simulated-ollama/cli.js')} --port 11434 --config "$HOME/ollama.json"`,
};

describe('the commands of the pages', function () {
  this.timeout(300_000);

  for (const { name, pages, hasOllama, clones } of SESSIONS) {
    describe(name, function () {
      // What comes after a step that failed would fail with it.
      this.bail(true);
      const folder = mkdtempSync(join(tmpdir(), 'oc-reader-'));
      let shell: PageShell;
      before(async () => {
        shell = await openPageShell(folder);
        if (!clones) await follow(CLONE);
        if (hasOllama) await follow({ ...OLLAMA, isThere: hasOllama === 'there' });
      });
      after(async () => {
        await shell.close();
        rmSync(folder, { recursive: true, force: true });
      });

      async function follow(step: PageStep): Promise<void> {
        await shell.follow({ ...step, text: step.text.replaceAll(ADDRESS, REPOSITORY) });
        if (step.text.includes(ADDRESS)) furnishClone(join(folder, 'ollama-coordinator'));
      }

      const followed = new Set<string>();
      for (const page of pages) {
        const steps = pageSteps({ path: page, text: readFileSync(join(REPOSITORY, page), 'utf8') });
        // Who comes from an earlier page has done that already.
        const left = steps.filter(({ kind, text }) => kind !== 'elsewhere' && !followed.has(text));
        for (const step of left) it(`${page}: ${titleOf(step)}`, () => follow(step));
        for (const { text } of steps) followed.add(text);
      }
    });
  }
});

function titleOf({ kind, detail, text }: PageStep): string {
  return kind === 'file' ? `the file ${detail}` : text.trim().replaceAll('\\\n', '').replaceAll(/\s+/g, ' ').slice(0, 100);
}
