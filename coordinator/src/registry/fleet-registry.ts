import {
  type AgentPatch,
  AppError,
  type Clock,
  type HealthCheckRequest,
  type Logger,
  type RegisterRequest,
} from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Admission } from '../credentials/admit-agent.js';
import { tunnelAddress } from '../tunnel/tunnel-address.js';
import {
  type AgentEntry,
  admissionOf,
  type Heard,
  isReplay,
  isSameToRequests,
  needsModels,
  type OperatorFields,
  type RegistrationFacts,
  withHeartbeat,
  withRegistration,
} from './agent-entry.js';
import type { AgentStore } from './agent-store.js';
import type { Fleet } from './create-fleet.js';
import type { FleetSync } from './fleet-sync.js';
import { agentAddress, identifyAgent } from './identify-agent.js';
import type { RedisHealth } from './redis-health.js';

export interface RegisterOptions {
  /** Where the agent was found to listen, as `http://10.0.0.7:11435`; by default what it said itself. */
  readonly address?: string;
  /** How it is reached; by default direct, unless the agent asked for a tunnel. */
  readonly transport?: 'direct' | 'tunnel';
  /** Lets the agent in, given what is known of it, or throws. By default everybody is. */
  readonly admit?: (id: AgentId, known: AgentEntry | undefined) => Promise<Admission>;
}

export interface Registered {
  readonly agentId: AgentId;
  readonly status: 'registered' | 'updated';
  readonly incarnation: number;
  /** Of the credential that it is to have. */
  readonly generation: number;
  readonly transport: 'direct' | 'tunnel';
  /** It gets nothing until an administrator approves it. */
  readonly waiting: boolean;
  /** Silence after which this agent is offline. */
  readonly ttlMs: number;
}

export interface HeartbeatAnswer {
  readonly sendModels: boolean;
  readonly draining: boolean;
  /** It gets nothing until an administrator approves it. */
  readonly waiting: boolean;
}

export interface RegistryApiDeps {
  readonly store: AgentStore;
  readonly fleet: Fleet;
  readonly sync: FleetSync;
  readonly health: RedisHealth;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ttlMs: (entry: Pick<AgentEntry, 'registration'>) => number;
}

/**
 * What agents and operators do to the registry. Everything is applied to this replica's memory, and to Redis where it
 * answers; while it does not, memory alone answers and is written back on its return.
 */
export class FleetRegistry {
  readonly #deps: RegistryApiDeps;

  constructor(deps: RegistryApiDeps) {
    this.#deps = deps;
  }

  /** Throws OLD_INCARNATION where a newer start of the agent has registered, BAD_REQUEST where its address is none. */
  async register(request: RegisterRequest, options: RegisterOptions = {}): Promise<Registered> {
    const { store, fleet, sync } = this.#deps;
    const said = factsOf(request, options, fleet.entry(identifyAgent(request)));
    const { id, incarnation } = said;
    // As Redis has it where it answers: another replica may have registered it a moment ago.
    if (options.admit) await this.#inRedis(() => sync.refresh(id));
    const known = fleet.entry(id);
    const admission = (await options.admit?.(id, known)) ?? {};
    const registration = { ...said.registration, ...admission };
    const facts = { ...said, registration };
    const heard = this.#heard();
    const status = await this.#inRedis(() => store.register(facts, heard.wallMs));
    if (status === 'old' || (status === undefined && (known?.incarnation ?? 0) > incarnation)) {
      throw new AppError('OLD_INCARNATION', { details: { agent: id } });
    }
    const isRead = status !== undefined && (await this.#inRedis(async () => (await sync.refresh(id)) !== undefined));
    if (!isRead) fleet.put({ ...withRegistration(fleet.entry(id), facts, heard), unsaved: status === undefined });
    fleet.publish();
    const isFirst = status === undefined ? known === undefined : status === 'registered';
    return {
      agentId: id,
      status: isFirst ? 'registered' : 'updated',
      incarnation,
      generation: known?.operator.generation ?? 0,
      transport: registration.transport,
      waiting: admissionOf(fleet.entry(id) ?? { registration, operator: {} }) === 'waiting',
      ttlMs: this.#deps.ttlMs(facts),
    };
  }

  /**
   * Called for every heartbeat of every agent. Throws AGENT_NOT_REGISTERED (the agent registers again) and OLD_INCARNATION
   * (the agent stops), BAD_AGENT_TOKEN where its credential was revoked or is of an earlier generation than it is to have. One that
   * was seen before changes nothing.
   */
  async heartbeat(body: HealthCheckRequest, generation = Number.POSITIVE_INFINITY): Promise<HeartbeatAnswer> {
    const { fleet, store, health, ttlMs } = this.#deps;
    const entry = await this.#entryFor(body);
    if (entry.operator.revoked || generation < (entry.operator.generation ?? 0)) throw new AppError('BAD_AGENT_TOKEN');
    const answer = {
      sendModels: needsModels(entry, body),
      draining: entry.operator.draining === true,
      waiting: admissionOf(entry) === 'waiting',
    };
    if (isReplay(entry, body)) return answer;
    const heard = withHeartbeat(entry, body, this.#heard(), true);
    if (isSameToRequests(entry, heard)) fleet.putSoon(heard);
    else fleet.put(heard);
    let result = await this.#inRedis(() => store.heartbeat(body, ttlMs(entry), 'post'));
    if (result === 'unknown') {
      // Removed by an operator, or lost by Redis: the probe finds out, and restores what was lost.
      await health.probeAfresh();
      result = await this.#inRedis(() => store.heartbeat(body, ttlMs(entry), 'post'));
    }
    if (result === 'old') {
      await this.#inRedis(() => this.#deps.sync.refresh(body.agent_id));
      throw new AppError('OLD_INCARNATION', { details: { agent: body.agent_id } });
    }
    if (result === 'unknown') {
      fleet.remove(body.agent_id);
      throw new AppError('AGENT_NOT_REGISTERED', { details: { agent: body.agent_id } });
    }
    return answer;
  }

  /**
   * That start of the agent opened a tunnel, and is reached at its end from now on. Throws AGENT_NOT_REGISTERED, OLD_INCARNATION, and
   * BAD_AGENT_TOKEN where its credential was revoked or is of an earlier generation.
   */
  async reachAt(id: AgentId, { incarnation, generation }: { incarnation: number; generation: number }, address: string): Promise<void> {
    const { store, fleet, sync } = this.#deps;
    const entry = await this.#entryFor({ agent_id: id, incarnation });
    if (entry.operator.revoked || generation < (entry.operator.generation ?? 0)) throw new AppError('BAD_AGENT_TOKEN');
    const facts = { id, incarnation, registration: { ...entry.registration, address, transport: 'tunnel' as const } };
    const heard = this.#heard();
    const status = await this.#inRedis(() => store.register(facts, heard.wallMs));
    const isRead = status !== undefined && (await this.#inRedis(async () => (await sync.refresh(id)) !== undefined));
    if (!isRead) fleet.put({ ...withRegistration(fleet.entry(id), facts, heard), unsaved: status === undefined });
    fleet.publish();
  }

  /** Throws UNKNOWN_AGENT. */
  patch(id: AgentId, patch: AgentPatch): Promise<void> {
    return this.#change(id, patch, () => this.#deps.store.patch(id, patch));
  }

  /** Throws UNKNOWN_AGENT. */
  setDraining(id: AgentId, draining: boolean): Promise<void> {
    return this.#change(id, { draining }, () => this.#deps.store.setDraining(id, draining));
  }

  /** Throws UNKNOWN_AGENT. */
  approve(id: AgentId): Promise<void> {
    return this.#admission(id, { approved: true });
  }

  /** The agent gets another credential with its next heartbeat; the one it has is good for that only. Throws UNKNOWN_AGENT. */
  rotate(id: AgentId): Promise<void> {
    return this.#admission(id, { generation: (this.#deps.fleet.entry(id)?.operator.generation ?? 0) + 1 });
  }

  /** The agent gets nothing more and cannot come back until it is removed. Throws UNKNOWN_AGENT. */
  revoke(id: AgentId): Promise<void> {
    return this.#admission(id, { revoked: true });
  }

  /** Forgets the agent until it registers again. Throws UNKNOWN_AGENT; REGISTRY_UNAVAILABLE while Redis is away, whose return would bring it back. */
  async remove(id: AgentId): Promise<void> {
    const { store, fleet } = this.#deps;
    const isRemoved = await this.#inRedis(() => store.remove(id));
    if (isRemoved === undefined) throw new AppError('REGISTRY_UNAVAILABLE');
    fleet.remove(id);
    fleet.publish();
    if (!isRemoved) throw new AppError('UNKNOWN_AGENT', { details: { agent: id } });
  }

  /** The agent says goodbye: it is offline at once and stays listed. One of an older incarnation is not heard. */
  async leave(id: AgentId, incarnation: number): Promise<void> {
    const { store, fleet } = this.#deps;
    const isLeft = await this.#inRedis(() => store.endPresence({ id, incarnation }, 'left', 0));
    const entry = fleet.entry(id);
    if (entry?.incarnation !== incarnation) return;
    fleet.put({ ...entry, presence: 'offline', leaving: false, unsaved: entry.unsaved || isLeft === undefined });
    fleet.publish();
  }

  #admission(id: AgentId, change: Pick<OperatorFields, 'approved' | 'revoked' | 'generation'>): Promise<void> {
    return this.#change(id, change, () => this.#deps.store.setAdmission(id, change));
  }

  /** The entry that a heartbeat belongs to. Another replica may have registered it a moment ago. */
  async #entryFor(body: Pick<HealthCheckRequest, 'agent_id' | 'incarnation'>): Promise<AgentEntry> {
    const { fleet, sync } = this.#deps;
    let entry = fleet.entry(body.agent_id);
    if (entry === undefined || entry.incarnation < body.incarnation) {
      entry = (await this.#inRedis(() => sync.refresh(body.agent_id))) ?? fleet.entry(body.agent_id);
    }
    if (entry === undefined || entry.incarnation < body.incarnation) {
      throw new AppError('AGENT_NOT_REGISTERED', { details: { agent: body.agent_id } });
    }
    if (entry.incarnation > body.incarnation) throw new AppError('OLD_INCARNATION', { details: { agent: body.agent_id } });
    return entry;
  }

  async #change(id: AgentId, operator: OperatorFields, write: () => Promise<boolean>): Promise<void> {
    const { fleet, sync } = this.#deps;
    const isKnown = await this.#inRedis(write);
    if (isKnown === undefined) {
      const entry = fleet.entry(id);
      if (entry === undefined) throw new AppError('UNKNOWN_AGENT', { details: { agent: id } });
      fleet.put({ ...entry, operator: { ...entry.operator, ...operator }, unsaved: true });
    } else {
      if (!isKnown) throw new AppError('UNKNOWN_AGENT', { details: { agent: id } });
      await this.#inRedis(() => sync.refresh(id));
    }
    fleet.publish();
  }

  /** Undefined where Redis is away, or goes away while it runs: memory decides then. */
  async #inRedis<T>(run: () => Promise<T>): Promise<T | undefined> {
    const { health, log } = this.#deps;
    if (health.state === 'down') return undefined;
    try {
      return await run();
    } catch (error) {
      log.debug({ err: error }, 'redis did not take a change of the registry');
      void health.probe();
      return undefined;
    }
  }

  #heard(): Heard {
    const { clock } = this.#deps;
    return { monotonicMs: clock.monotonic(), wallMs: clock.now() };
  }
}

function factsOf(request: RegisterRequest, options: RegisterOptions, known: AgentEntry | undefined): RegistrationFacts {
  const reach = options.transport === undefined ? tunnelOf(request, known) : undefined;
  const address = reach?.address ?? options.address ?? agentAddress(request.ip_address, request.port);
  if (!URL.canParse(address)) throw new AppError('BAD_REQUEST', { details: { reason: `ip_address: ${request.ip_address} is no address` } });
  return {
    id: identifyAgent(request),
    incarnation: request.incarnation,
    registration: {
      machineName: request.machine_name,
      address,
      transport: reach ? 'tunnel' : (options.transport ?? 'direct'),
      protocolVersion: request.protocol_version,
      ollamaVersion: request.ollama_version,
      heartbeatMs: request.heartbeat_ms,
      slots: request.slots,
      labels: request.labels,
      ...(request.ollama_id === undefined ? {} : { ollamaId: request.ollama_id }),
      ...(request.certificate === undefined ? {} : { certificate: request.certificate }),
    },
  };
}

/** The end of the agent's tunnel: the one that it has, or none yet. Undefined for an agent that is reached directly. */
function tunnelOf(request: RegisterRequest, known: AgentEntry | undefined): { address: string } | undefined {
  const isOpen = known?.incarnation === request.incarnation && known.registration.transport === 'tunnel';
  if (isOpen && request.transport !== 'direct') return known.registration;
  return request.transport === 'tunnel' ? { address: tunnelAddress({ agentId: identifyAgent(request), replicaUrl: '' }) } : undefined;
}
