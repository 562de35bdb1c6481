import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.js';
import type { PageStep } from '../../support/pages/page-steps.js';

/** Two machines on one cable: this one is where the pages have their coordinator. The other is a process that holds its network. */
const MACHINES = `
ip link set lo up
unshare --net sleep infinity &
other=$!
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.02; done
ip link add lan type veth peer name lan netns $other
ip address add 192.168.1.10/24 dev lan
ip link set lan up
there() { nsenter --net=/proc/$other/ns/net "$@"; }
there ip link set lo up
there ip address add 192.168.1.20/24 dev lan
there ip link set lan up
shopt -s expand_aliases
set -o pipefail
`;
/** A page may run a whole suite of tests. */
const STEP_LIMIT_MS = 290_000;

/** A terminal at a machine of its own: all ports are free, and there is no process but those that it starts. */
export interface PageShell {
  /** Does what the page says. Rejects with all that was printed where it does not come out as the page says. */
  follow(step: PageStep): Promise<void>;
  /** Ends every process that was started here. */
  close(): Promise<void>;
}

/** `folder` is where it begins, and `$HOME` is beside it. Throws where this machine gives no namespaces. */
export async function openPageShell(folder: string): Promise<PageShell> {
  const notes = mkdtempSync(join(tmpdir(), 'oc-page-'));
  const home = join(notes, 'home');
  mkdirSync(home);
  const shell = spawn('unshare', [...namespaces(), 'bash', '--noprofile', '--norc', '-s'], {
    cwd: folder,
    env: { ...environment(), HOME: home },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let words = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => (words += chunk.toString()));
  const ended = once(shell, 'exit');
  let count = 0;
  shell.stdin.write(MACHINES);

  /** Has the shell run a block in one of these ways; resolves with its exit code, and with what it has printed by then. */
  async function hand(block: string, way: (script: string) => string): Promise<{ readonly code: number; readonly printed: () => string }> {
    count += 1;
    const script = join(notes, `${count}.sh`);
    writeFileSync(script, block);
    shell.stdin.write(`${way(script)}; echo "end ${count} $?"\n`);
    const end = new RegExp(`^end ${count} (\\d+)$`, 'm');
    const code = await eventually(() => end.exec(words)?.[1] ?? hasNotEnded(shell), { withinMs: STEP_LIMIT_MS, everyMs: 20 });
    return { code: Number(code), printed: () => readFileSync(`${script}.out`, 'utf8') };
  }

  async function keepRunning({ text, detail, isThere }: PageStep): Promise<void> {
    const { printed } = await hand(text, isThere ? inBackgroundThere : inBackground);
    await eventually(() => printed().includes(detail) || complain(`it did not print ${detail}`, printed()), {
      withinMs: STEP_LIMIT_MS,
      everyMs: 50,
    });
  }

  return {
    async follow(step) {
      if (step.kind === 'file') writeFileSync(await pathOf(step.detail), step.text);
      else if (step.kind === 'until') await keepRunning(step);
      else if (step.kind === 'run') {
        const { code, printed } = await hand(step.text, inShell);
        if (code !== 0) complain(`it ended with ${code}`, printed());
      } else if (step.kind !== 'elsewhere') {
        // A person needs longer to type than the fleet needs to follow; the command may be given again.
        const wanted = (code: number) => (code === 0) === (step.kind === 'prints');
        await eventually(
          async () => {
            const { code, printed } = await hand(step.text, apart);
            if (!wanted(code) || !printed().includes(step.detail))
              complain(`it ended with ${code}, or did not print ${step.detail}`, printed());
          },
          { everyMs: 200 },
        );
      }
    },
    async close() {
      shell.kill('SIGKILL');
      await ended;
      rmSync(notes, { recursive: true, force: true });
    },
  };

  /** A path of a page, in the folder where the shell is. */
  async function pathOf(path: string): Promise<string> {
    const { printed } = await hand(`mkdir -p "$(dirname '${path}')" && realpath '${path}'`, apart);
    return printed().trim();
  }
}

/** Without root a user namespace comes around the others. */
function namespaces(): readonly string[] {
  const own = ['--net', '--pid', '--mount-proc', '--fork', '--kill-child'];
  const choices = [own, ['--map-root-user', ...own]];
  const chosen = choices.find((flags) => spawnSync('unshare', [...flags, 'true']).status === 0);
  if (chosen === undefined) throw new Error('this machine gives no network namespaces (unshare), which the commands of the pages run in');
  return chosen;
}

/** In the shell itself, so that what it sets stays; any command that fails fails the block. */
const inShell = (script: string) =>
  `failed=0; trap 'failed=1' ERR; source ${script} >${script}.out 2>&1 </dev/null; trap - ERR; [ "$failed" = 0 ]`;
const apart = (script: string) => `( set -e; source ${script} ) >${script}.out 2>&1 </dev/null`;
const inBackground = (script: string) => `: >${script}.out; ( source ${script} ) >${script}.out 2>&1 </dev/null & true`;
const inBackgroundThere = (script: string) => `: >${script}.out; there bash ${script} >${script}.out 2>&1 </dev/null & true`;

/** What a person's terminal has: none of the settings of this run. */
function environment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(COORDINATOR|AGENT|OLLAMA|TEST|npm)_|^(CI|NODE_OPTIONS)$/.test(name));
  return Object.fromEntries(entries);
}

function hasNotEnded(shell: ChildProcess): never {
  throw new Error(shell.exitCode === null ? 'the command has not ended' : 'the shell has ended');
}

function complain(what: string, output: string): never {
  throw new Error(`${what}:\n${output.trimEnd().split('\n').slice(-40).join('\n')}`);
}
