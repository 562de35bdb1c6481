import type { AgentConfig, Clock, Logger, Timer } from '@ollama-coordinator/common';
import { isOutOfReach } from '../coordinator/advertise.js';
import type { AgentTunnel } from './agent-tunnel.js';

export interface ReachDeps {
  readonly config: Pick<AgentConfig, 'transport' | 'advertise' | 'coordinatorUrl'>;
  /** Where the agent listens. */
  readonly listenHost: string;
  readonly tunnel: Pick<AgentTunnel, 'start'>;
  /** Whether any replica has a watch open: then the coordinator comes in. */
  readonly isWatched: () => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Replicas open their watches within moments of a registration; who has none by then is not reached. */
const WATCHED_WITHIN_MS = 5000;

/** Sees to it that the coordinator reaches this agent: at its address, or by a tunnel where that is wanted or nothing else works. */
export class Reach {
  readonly #deps: ReachDeps;
  #timer: Timer | undefined;

  constructor(deps: ReachDeps) {
    this.#deps = deps;
  }

  /** The agent registered (again). */
  registered(): void {
    const { config, listenHost, tunnel, isWatched, clock, log } = this.#deps;
    const isShut = isOutOfReach(config.advertise ?? listenHost, config.coordinatorUrl);
    if (config.transport === 'direct') {
      if (isShut)
        log.warn('the coordinator on another machine cannot reach this agent on loopback; set AGENT_HOST, or AGENT_TRANSPORT=auto');
    } else if (config.transport === 'tunnel' || isShut) {
      tunnel.start();
    } else {
      this.#timer?.cancel();
      this.#timer = clock.setTimeout(() => {
        if (isWatched()) return;
        log.info('the coordinator does not come in at the address of this agent: a tunnel is opened towards it');
        tunnel.start();
      }, WATCHED_WITHIN_MS);
    }
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
