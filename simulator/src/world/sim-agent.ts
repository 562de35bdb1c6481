import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import {
  FORWARD_HEADERS,
  type HealthCheckRequest,
  type HealthMetrics,
  type ModelReport,
  type RegisterRequest,
  type Timer,
  type Wants,
} from '@ollama-coordinator/common';
import { SlotGate } from '#agent/gate/slot-gate.js';
import { WatchHub } from '#agent/server/watch-hub.js';
import type { EventClock, ProcessClock } from '../time/event-clock.js';
import type { AgentOllama, Job } from './agent-ollama.js';
import type { Connection, Network } from './network.js';

/** Where an agent's heartbeats and registrations go: to some living replica, as its load balancer picks it. */
export interface CoordinatorFace {
  register(request: RegisterRequest): Promise<'ok' | 'refused' | 'unreachable'>;
  heartbeat(body: HealthCheckRequest): Promise<'ok' | 'unknown' | 'unreachable'>;
}

/** What arrives at the agent's end of a connection, and how it answers. */
export interface AnswerEvents {
  readonly onHead: (status: number, headers: Readonly<Record<string, string>>) => void;
  readonly onChunk: (chunk: string) => void;
  readonly onEnd: () => void;
}

export interface SimAgent<Ollama extends AgentOllama = AgentOllama> {
  readonly id: string;
  readonly host: string;
  readonly ollama: Ollama;
  readonly slots: number;
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
  readonly id: string;
  /** Of its machine; default: its id. */
  readonly name?: string;
  readonly host: string;
  readonly clock: EventClock;
  readonly network: Network;
  readonly ollama: Ollama;
  readonly slots: number;
  /** OLLAMA_MAX_LOADED_MODELS, where it is known. */
  readonly maxRunners: number | undefined;
  /** VRAM that models may take together, where it is known. */
  readonly maxRunnerBytes: number | undefined;
  readonly models: readonly ModelReport[];
  /** What it measures of its machine. */
  readonly metrics: () => HealthMetrics;
  readonly labels?: Readonly<Record<string, string>>;
  readonly heartbeatMs: number;
  readonly wallOffsetMs: number;
  readonly coordinator: CoordinatorFace;
}

interface Running {
  readonly clock: ProcessClock;
  readonly gate: SlotGate;
  readonly hub: WatchHub;
  readonly incarnation: number;
  /** Answers under way; a process that dies takes its connections to Ollama along. */
  readonly jobs: Set<Job>;
  sequence: number;
  look: Timer | undefined;
}

const REGISTER_AGAIN_MS = 1000;
/** After a model was loaded the agent looks soon at what Ollama holds, as OllamaMonitor does. */
const LOOK_MS = 100;

/** An agent: the real slot gate and watch hub between a simulated network and a simulated Ollama. It outlives its processes. */
export function createSimAgent<Ollama extends AgentOllama>(deps: SimAgentDeps<Ollama>): SimAgent<Ollama> {
  const { id, host, ollama, slots, maxRunners, maxRunnerBytes, models, network, coordinator } = deps;
  const limits = {
    ...(maxRunners === undefined ? {} : { max_runners: maxRunners }),
    ...(maxRunnerBytes === undefined ? {} : { max_runner_bytes: maxRunnerBytes }),
  };
  let running: Running | undefined;
  let starts = 0;

  const stateOf = ({ gate }: Running) => {
    if (gate.draining) return 'draining' as const;
    return ollama.isUp() ? ('ready' as const) : ('ollama_down' as const);
  };

  function startProcess(): Running {
    const clock = deps.clock.forProcess(deps.wallOffsetMs);
    const gate: SlotGate = new SlotGate({
      clock,
      slots,
      onChange: () => hub.announce(),
      onGrant: (lease) => hub.grant(lease),
      unloadModel: (model) => ollama.unload(model, () => !clock.isDead()),
    });
    const hub: WatchHub = new WatchHub({
      clock,
      readState: () => ({ state: stateOf(process), in_flight: gate.inFlight(), runners: gate.runners(), ...limits }),
      onOpened: (replica) => gate.watchOpened(replica),
      onClosed: (replica) => gate.watchClosed(replica),
    });
    starts += 1;
    const process: Running = { clock, gate, hub, incarnation: starts, jobs: new Set(), sequence: 0, look: undefined };
    gate.setLimits({ slots, maxRunners });
    gate.setMaxRunnerBytes(maxRunnerBytes);
    gate.setModels(models);
    gate.observe(ollama.running(), clock.monotonic());
    return process;
  }

  async function register(process: Running): Promise<void> {
    const request: RegisterRequest = {
      protocol_version: 1,
      agent_id: id,
      incarnation: process.incarnation,
      machine_name: deps.name ?? id,
      ip_address: host,
      port: 11435,
      ollama_version: '0.9.0',
      ollama_port: 11434,
      transport: 'direct',
      heartbeat_ms: deps.heartbeatMs,
      slots,
      labels: { ...deps.labels },
    };
    const answer = await coordinator.register(request);
    if (process.clock.isDead()) return;
    if (answer === 'ok') return beat(process);
    process.clock.setTimeout(() => void register(process), REGISTER_AGAIN_MS);
  }

  async function beat(process: Running): Promise<void> {
    const { gate } = process;
    process.sequence += 1;
    gate.observe(ollama.running(), process.clock.monotonic());
    const answer = await coordinator.heartbeat({
      protocol_version: 1,
      agent_id: id,
      incarnation: process.incarnation,
      sequence: process.sequence,
      state: stateOf(process),
      in_flight: gate.inFlight(),
      runners: gate.runners(),
      models_digest: 'all',
      models: [...models],
      ...limits,
      metrics: deps.metrics(),
      ollama: { version: '0.9.0', up: ollama.isUp() },
    });
    if (process.clock.isDead()) return;
    if (answer === 'unknown') return register(process);
    process.clock.setTimeout(() => void beat(process), deps.heartbeatMs);
  }

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
    slots,
    isAlive: () => running !== undefined,
    gate: () => running?.gate,
    start: () => {
      if (running) return;
      running = startProcess();
      void register(running);
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
      const process = running;
      if (!process) return connection.close('server', 'ECONNREFUSED');
      void forwardGated(process, ollama, connection, headers, events);
    },
    watch: (connection, incarnation, onLine) => {
      if (!running) return connection.close('server', 'ECONNREFUSED');
      if (running.incarnation !== incarnation) return connection.close('server', 'answered 401');
      running.hub.open(connection.replica, watcherOf(connection, onLine));
    },
    setWants: (replica, incarnation, wants) => {
      if (running?.incarnation === incarnation) running.gate.setWants(replica, wants);
    },
  };
}

function lookSoon(process: Running, ollama: AgentOllama): void {
  process.look ??= process.clock.setTimeout(() => {
    process.look = undefined;
    process.gate.observe(ollama.running(), process.clock.monotonic());
  }, LOOK_MS);
}

/** As the agent's server does it: gate, room, Ollama, release. */
async function forwardGated(
  process: Running,
  ollama: AgentOllama,
  connection: Connection,
  headers: Readonly<Record<string, string>>,
  events: AnswerEvents,
): Promise<void> {
  const { gate, incarnation, jobs } = process;
  const [replica = '', , named] = (headers.authorization ?? '').replace('Bearer ', '').split(' ');
  const answer = (status: number, more: Readonly<Record<string, string>>) => {
    connection.toClient(() => {
      events.onHead(status, more);
      events.onEnd();
    });
  };
  if (Number(named) !== incarnation) return answer(401, { [FORWARD_HEADERS.error]: 'BAD_AGENT_TOKEN' });
  const admission = gate.admit({ replica, signature: headers[FORWARD_HEADERS.signature] ?? '', grantId: headers[FORWARD_HEADERS.grant] });
  if (!admission.admitted) return answer(503, { [FORWARD_HEADERS.busy]: admission.reason });
  const { ticket } = admission;
  if (ticket.victims.length > 0 && !(await gate.makeRoom(ticket)))
    return answer(503, { [FORWARD_HEADERS.busy]: 'no idle model could be unloaded' });
  if (!connection.isOpen('server')) return gate.release(ticket);
  if (!ollama.isUp()) {
    gate.release(ticket);
    return answer(502, { [FORWARD_HEADERS.error]: 'OLLAMA_UNREACHABLE' });
  }
  let hasBegun = false;
  const closed = () => {
    jobs.delete(job);
    gate.release(ticket);
  };
  const job: Job = ollama.generate(
    { id: headers[FORWARD_HEADERS.requestId] ?? '', signature: headers[FORWARD_HEADERS.signature] ?? '' },
    {
      onHead: (status) => {
        hasBegun = true;
        if (ticket.runner?.state === 'loading') lookSoon(process, ollama);
        gate.loaded(ticket);
        const type = status === 200 ? 'application/x-ndjson' : 'application/json';
        connection.toClient(() => events.onHead(status, { 'content-type': type }));
      },
      onChunk: (chunk) => connection.toClient(() => events.onChunk(chunk)),
      onEnd: () => {
        closed();
        connection.toClient(events.onEnd);
      },
      onBroken: () => {
        closed();
        if (hasBegun) connection.close('server');
        else answer(502, { [FORWARD_HEADERS.error]: 'OLLAMA_FAILED' });
      },
    },
  );
  jobs.add(job);
  connection.listen('server', {
    onClosed: () => {
      job.cancel();
      closed();
    },
  });
}

/** A watcher's response, as far as the hub uses one. */
function watcherOf(connection: Connection, onLine: (line: string) => void): ServerResponse {
  const res = Object.assign(new EventEmitter(), {
    destroyed: false,
    writableLength: 0,
    writeHead: () => res,
    write: (line: string) => {
      connection.toClient(() => onLine(line));
      return true;
    },
    destroy: () => end(),
    end: () => end(),
  });
  function end() {
    if (res.destroyed) return res;
    res.destroyed = true;
    connection.close('server', 'closed');
    res.emit('close');
    return res;
  }
  connection.listen('server', { onClosed: end });
  return res as unknown as ServerResponse;
}
