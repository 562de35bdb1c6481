import { setTimeout as wait } from 'node:timers/promises';
import type { Death } from '../../faults/support/history-checker.js';
import { agentOf } from '../../faults/support/measure.js';
import type { Fleet } from '../../support/start-fleet.js';

/** What was done to the fleet, and when. Monotonic milliseconds. */
export interface FaultLog {
  readonly lines: readonly string[];
  readonly deaths: readonly Death[];
  readonly replicaKilledMs: readonly number[];
}

/** One thing is taken away; the result gives it back. */
type Fault = () => { readonly what: string; readonly giveBack: () => unknown };

/** Time in which a living connection to a killed process may still seem good. */
const DETECTED_WITHIN_MS = 4000;

/**
 * One fault after the other, the next each `everyMs` and each undone after half of that, until no whole one fits into `forMs`. Agents,
 * Ollamas and the second and third replica take turns; the first replica tells the fleet's state and stays.
 */
export async function runFaultCycle(
  fleet: Fleet,
  { everyMs, forMs, say }: { readonly everyMs: number; readonly forMs: number; readonly say: (line: string) => void },
): Promise<FaultLog> {
  const lines: string[] = [];
  const deaths: Death[] = [];
  const replicaKilledMs: number[] = [];
  const faults = listFaults(fleet, deaths, replicaKilledMs);
  const startedMs = performance.now();
  for (let turn = 0; (turn + 1) * everyMs <= forMs; turn += 1) {
    await wait(Math.max(0, startedMs + turn * everyMs + everyMs / 4 - performance.now()));
    const fault = faults[turn % faults.length];
    if (fault === undefined) break;
    const atS = ((performance.now() - startedMs) / 1000).toFixed(1);
    const { what, giveBack } = fault();
    await wait(everyMs / 2);
    await giveBack();
    const line = `${atS} s: ${what}, back at ${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
    lines.push(line);
    say(line);
  }
  await wait(Math.max(0, startedMs + forMs - performance.now()));
  return { lines, deaths, replicaKilledMs };
}

function listFaults(fleet: Fleet, deaths: Death[], replicaKilledMs: number[]): readonly Fault[] {
  let turn = 0;
  const nextAgent = () => {
    turn += 1;
    return agentOf(fleet, fleet.agents[turn % fleet.agents.length]?.name ?? '');
  };
  const killAgent: Fault = () => {
    const { name, program } = nextAgent();
    const diedMs = performance.now();
    program.signal('SIGKILL');
    return {
      what: `agent ${name} killed`,
      giveBack: async () => {
        deaths.push({ agent: name, diedMs, detectedWithinMs: DETECTED_WITHIN_MS, revivedMs: performance.now() });
        // A machine that is short of processor time may not start it in time.
        await fleet.restartAgent(name).catch(() => fleet.restartAgent(name));
      },
    };
  };
  const stopOllama: Fault = () => {
    const { name, ollama } = nextAgent();
    void ollama?.setUp(false);
    return { what: `the Ollama of ${name} down`, giveBack: () => ollama?.setUp(true) };
  };
  const killReplica =
    (index: number): Fault =>
    () => {
      replicaKilledMs.push(performance.now());
      fleet.coordinators[index]?.program.signal('SIGKILL');
      return { what: `replica ${index} killed`, giveBack: () => fleet.restartCoordinator(index) };
    };
  const killRedis: Fault = () => {
    const gone = fleet.redis.kill();
    return {
      what: 'Redis killed',
      giveBack: async () => {
        await gone;
        await fleet.redis.restart();
      },
    };
  };
  return [killAgent, killReplica(1), killRedis, stopOllama, killAgent, killReplica(2), killRedis];
}
