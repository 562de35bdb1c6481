import type { Random } from '@ollama-coordinator/common';
import type { EventClock } from '../time/event-clock.js';
import type { CoordinatorFace } from './agent-membership.js';
import type { Network } from './network.js';
import type { SimReplica } from './sim-replica.js';

/** An agent does not wait longer for its coordinator's answer. */
const CALL_TIMEOUT_MS = 2000;

/** By agent: its heartbeats and registrations go to any replica that lives and can be reached. */
export function createFace(clock: EventClock, random: Random, network: Network, replicas: readonly (SimReplica | undefined)[]) {
  return (agent: string): CoordinatorFace => {
    const pick = () => {
      const living = replicas.filter((replica) => replica !== undefined && network.passes(replica.id, agent));
      return living[Math.floor(random() * living.length)];
    };
    /** One call over the network; unanswered where it or its answer is lost, or the replica dies over it. */
    const call = <T extends string>(run: (replica: SimReplica) => Promise<T>): Promise<T | 'unreachable'> =>
      new Promise((resolve) => {
        const replica = pick();
        const passes = () => replica !== undefined && !replica.clock.isDead() && network.passes(replica.id, agent);
        clock.at(clock.nowMs() + (replica ? CALL_TIMEOUT_MS : 1), () => resolve('unreachable'));
        if (!replica) return;
        clock.at(clock.nowMs() + network.delayMs(), () => {
          if (!passes()) return;
          void run(replica).then((answer) => clock.at(clock.nowMs() + network.delayMs(), () => passes() && resolve(answer)));
        });
      });
    return {
      register: (request) => call((replica) => replica.register(request)),
      heartbeat: (body) => call((replica) => replica.heartbeat(body)),
    };
  };
}
