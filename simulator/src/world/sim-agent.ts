import type { Wants } from '@ollama-coordinator/common';
import type { SlotGate } from '#agent/gate/slot-gate.js';
import type { EventClock } from '../time/event-clock.js';
import { type CoordinatorFace, join } from './agent-membership.js';
import type { AgentOllama } from './agent-ollama.js';
import { type AgentMachine, type AgentProcess, startAgentProcess } from './agent-process.js';
import { type AnswerEvents, forwardGated } from './forward-gated.js';
import type { Connection, Network } from './network.js';
import { watchResponse } from './watch-response.js';

export interface SimAgent<Ollama extends AgentOllama = AgentOllama> {
  readonly id: string;
  readonly host: string;
  readonly ollama: Ollama;
  isAlive(): boolean;
  start(): void;
  crash(): void;
  /** Says goodbye and goes. */
  leave(): void;
  setDraining(draining: boolean): void;
  ollamaChanged(): void;
  gate(): SlotGate | undefined;
  forward(connection: Connection, headers: Readonly<Record<string, string>>, events: AnswerEvents): void;
  watch(connection: Connection, incarnation: number, onLine: (line: string) => void): void;
  setWants(replica: string, incarnation: number, wants: Wants): void;
}

export interface SimAgentDeps<Ollama extends AgentOllama> {
  readonly machine: AgentMachine;
  readonly ollama: Ollama;
  readonly clock: EventClock;
  readonly network: Network;
  readonly coordinator: CoordinatorFace;
  /** By how much its machine's wall clock is wrong. */
  readonly wallOffsetMs?: number;
}

/** An agent: the real slot gate and watch hub between a simulated network and a simulated Ollama. It outlives its processes. */
export function createSimAgent<Ollama extends AgentOllama>(deps: SimAgentDeps<Ollama>): SimAgent<Ollama> {
  const { machine, ollama, network } = deps;
  const { id, host } = machine;
  let running: AgentProcess | undefined;
  let starts = 0;

  function stop(): void {
    running?.clock.kill();
    for (const job of running?.jobs ?? []) job.cancel();
    running = undefined;
    network.died('server', id);
  }

  return {
    id,
    host,
    ollama,
    isAlive: () => running !== undefined,
    gate: () => running?.gate,
    start: () => {
      if (running) return;
      starts += 1;
      running = startAgentProcess(machine, ollama, deps.clock.forProcess(deps.wallOffsetMs), starts);
      void join(running, deps);
    },
    crash: stop,
    leave: () => {
      running?.hub.leaving();
      stop();
    },
    setDraining: (draining) => running?.gate.setDraining(draining),
    ollamaChanged: () => {
      if (!running) return;
      running.gate.observe(ollama.running(), running.clock.monotonic());
      running.hub.announce();
    },
    forward: (connection, headers, events) => {
      if (!running) return connection.close('server', 'ECONNREFUSED');
      void forwardGated({ process: running, ollama, connection, headers, events });
    },
    watch: (connection, incarnation, onLine) => {
      if (!running) return connection.close('server', 'ECONNREFUSED');
      if (running.incarnation !== incarnation) return connection.close('server', 'answered 401');
      running.hub.open(connection.replica, watchResponse(connection, onLine));
    },
    setWants: (replica, incarnation, wants) => {
      if (running?.incarnation === incarnation) running.gate.setWants(replica, wants);
    },
  };
}
