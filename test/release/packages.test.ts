import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { findFreePort } from '../support/find-free-port.js';
import { REPOSITORY } from '../support/repository.js';
import { startProgram } from '../support/start-program.js';

const run = promisify(execFile);

/** What nobody has use for in a package. */
const NOT_WANTED = /(^|\/)(src|test|node_modules)\/|\.tsbuildinfo$|\.test\./;

describe('the packages, as npm would publish them', function () {
  this.timeout(180_000);
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oc-packages-'));
    await run(process.execPath, [join(REPOSITORY, 'scripts', 'release', 'pack.mjs'), join(folder, 'packed')]);
    writeFileSync(join(folder, 'package.json'), '{}');
    const packed = readdirSync(join(folder, 'packed')).map((name) => join(folder, 'packed', name));
    await npm(folder, 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', ...packed);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const npm = (cwd: string, ...args: string[]) => run('npm', args, { cwd, maxBuffer: 64 * 1024 * 1024 });
  const program = (name: string) => join(folder, 'node_modules', '.bin', name);

  it('hold what runs, and no sources, tests or leftovers of the build', () => {
    const ours = join(folder, 'node_modules', '@ollama-coordinator');
    expect(readdirSync(ours)).to.include.members(['agent', 'balancer-predictive', 'common', 'coordinator', 'simulator']);
    for (const name of readdirSync(ours)) {
      const files = readdirSync(join(ours, name), { recursive: true, encoding: 'utf8' });
      expect(files, name).to.include.members(['package.json', 'README.md']);
      expect(
        files.filter((path) => NOT_WANTED.test(path)),
        name,
      ).to.deep.equal([]);
    }
  });

  it('have an agent that runs where nothing else of ours is', async () => {
    const { stdout } = await run(program('ollama-agent'), ['--help']);
    expect(stdout).to.match(/^ollama-agent: joins the Ollama of this machine/);
  });

  it('have a coordinator that starts with the balancers, and serves its dashboard', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    const coordinator = await startProgram({
      name: 'coordinator',
      command: program('ollama-coordinator'),
      args: ['serve', '--port', new URL(url).port],
      env: { COORDINATOR_DATA_DIR: join(folder, 'data') },
      outputFile: join(folder, 'coordinator.log'),
      isReady: async () => (await fetch(`${url}/api/version`)).ok,
    });
    try {
      const page = await (await fetch(`${url}/dashboard`)).text();
      const [script = ''] = /[^"]+\.js(?=")/.exec(page) ?? [];
      expect((await fetch(new URL(script, `${url}/dashboard/`))).headers.get('content-type')).to.match(/javascript/);
    } finally {
      await coordinator.stop();
    }
  });
});
