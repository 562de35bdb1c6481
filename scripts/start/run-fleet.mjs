import { announce } from './announce.mjs';
import { startDemo } from './demo.mjs';
import { watchPlugs } from './plugs.mjs';
import { startAgent, startCoordinator } from './programs.mjs';

const STOP_LIMIT_MS = 45_000;
/** npm and the terminal both pass a Ctrl-C on; only one that comes later means "at once". */
const SAME_SIGNAL_MS = 1000;

/** Starts everything, says what a person needs to know, and resolves with the exit code when all of it has ended. */
export async function runFleet(options) {
  process.stdout.on('error', () => {});
  const running = [];
  const ending = untilSignal(running);
  const add = (program) => {
    running.push(program);
    program.exited.then((how) => {
      if (program.isUnplugged()) running.splice(running.indexOf(program), 1);
      else ending.end({ program, how });
    });
    return program;
  };
  const outcome = await Promise.race([ending.ended, bringUp(options, add)]).then((end) => end ?? ending.ended);
  await stopInOrder(running);
  return report(outcome);
}

/** Resolves with nothing when everything is up and said. What fails ends a program, and so the race above. */
async function bringUp(options, add) {
  const timing = options.verbose ? (what) => console.log(`${what} after ${seconds(options.startedAt)} s`) : () => {};
  const coordinator = await startCoordinator(options, add);
  timing('coordinator ready');
  const machines = options.demo ? await startDemo({ ...options, coordinator }, add) : [];
  if (!options.demo && options.ollamaUrl !== undefined) startAgent({ name: 'agent', ollamaUrl: options.ollamaUrl, coordinator }, add);
  const hasPlugs = options.demo && watchPlugs(machines);
  await announce({ ...options, coordinator, timing, hasPlugs });
}

/** Ends with the first signal, or with the first program that ends by itself. */
function untilSignal(running) {
  let end;
  const ended = new Promise((resolve) => {
    end = resolve;
  });
  let firstAt;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > SAME_SIGNAL_MS) for (const program of running) program.kill();
      end({ signal });
    });
  }
  return { ended, end };
}

/** The last started first, so that agents leave while their coordinator still hears them. */
async function stopInOrder(running) {
  const limit = setTimeout(() => {
    for (const program of running) program.kill();
  }, STOP_LIMIT_MS);
  for (const program of [...running].reverse()) {
    program.stop();
    await program.exited;
  }
  clearTimeout(limit);
}

function report({ signal, program, how }) {
  if (signal !== undefined) {
    console.log('\nStopped.');
    return 0;
  }
  const lines = program.lastLines();
  for (const line of lines) console.error(line);
  // A program that cannot start says so in one sentence of its own, which needs nothing beside it.
  if (lines.length === 0 || how !== 'exit code 1') console.error(`The ${program.name} ended (${how}). Its log: ${program.logPath}`);
  return 1;
}

function seconds(startedAt) {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}
