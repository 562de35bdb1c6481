import { type AgentConfig, systemClock as clock, createLogger, systemRandom as random, sleep } from '@ollama-coordinator/common';
import { updateOrders } from '../update/update-orders.js';
import { updateProgram } from '../update/update-program.js';
import { updateSource } from '../update/update-source.js';
import { agentVersion } from '../version.js';
import type { Command } from './command.js';
import { fail, say } from './tell.js';

/** A running agent looks every two seconds. */
const TAKEN_WITHIN_MS = 10_000;
/** Download, drain, proof. */
const DONE_WITHIN_MS = 40 * 60_000;

export const updateCommand: Command = {
  usage: 'update',
  summary: 'bring the newest release: a running agent finishes what runs first, and goes back where the new one does not work',
  async run(config) {
    // The clock's timers keep no process.
    const alive = setInterval(() => undefined, TAKEN_WITHIN_MS);
    try {
      return await orderUpdate(config);
    } finally {
      clearInterval(alive);
    }
  },
};

async function orderUpdate(config: AgentConfig): Promise<number> {
  // What is not possible at all is said before anybody is asked.
  updateSource(config);
  const orders = updateOrders(config.dataDir);
  const id = await orders.give();
  const untilMs = clock.monotonic() + TAKEN_WITHIN_MS;
  while ((await orders.isWaiting()) && clock.monotonic() < untilMs) await sleep(clock, 100);
  if (await orders.isWaiting()) {
    await orders.withdraw();
    return updateAlone(config);
  }
  say('the running agent updates itself …');
  const endMs = clock.monotonic() + DONE_WITHIN_MS;
  for (;;) {
    const outcome = await orders.outcomeOf(id);
    if (outcome !== undefined) return outcome.ok ? tell(outcome.text) : fail(outcome.text);
    if (clock.monotonic() > endMs) return fail('the running agent has not said how it went; its log says more');
    await sleep(clock, 500);
  }
}

/** No agent runs: there is nothing to drain, and whether it serves is seen when it is started. */
async function updateAlone(config: AgentConfig): Promise<number> {
  const { program, ...trust } = updateSource(config);
  const { version } = await updateProgram({
    program,
    trust,
    version: agentVersion(),
    log: createLogger({ program: 'ollama-agent', level: 'silent' }),
    clock,
    random,
    signal: new AbortController().signal,
    env: process.env,
    onProgress: () => undefined,
  });
  return tell(version === undefined ? `${agentVersion()} is the newest` : `updated to ${version}; no agent runs here, it starts as that`);
}

function tell(text: string): number {
  say(text);
  return 0;
}
