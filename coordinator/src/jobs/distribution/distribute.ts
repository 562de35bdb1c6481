import { AppError, type JobPart, type Logger, normalizeModelName } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetView } from '../../registry/fleet-snapshot.js';
import { type BringDeps, BringFailure, bring } from './bring.js';
import { bestLeader, holdersOf, lackOfDisk, newestDigest } from './order-targets.js';
import { createSources, type Sources } from './pick-source.js';

/** Right of `reader` to read this model of `source`. */
export type CopyToken = (right: { source: AgentRecord; reader: AgentId; model: string; digest: string }) => string;

export interface DistributeDeps extends BringDeps {
  readonly fleet: Pick<FleetView, 'snapshot'>;
  readonly copyToken: CopyToken;
  readonly log: Logger;
}

/** What is to be on every target of the book in the end. */
export interface Wanted {
  readonly job: string;
  readonly model: string;
  readonly insecure: boolean;
  /** Unset: what the registry has. */
  readonly digest: string | undefined;
  /** Whether another digest than this one counts as a failure. */
  readonly isExact: boolean;
  /** never: from agents only. leader: one for all where agents cannot. each: every target for itself. */
  readonly outside: 'never' | 'leader' | 'each';
}

/**
 * Brings a model to every target: from outside to one of them at a time, from agent to agent to the others, whoever has it serving
 * the next. Resolves when each target has completed or failed; the book says which. Throws only the signal's reason.
 */
export async function distribute(wanted: Wanted, deps: DistributeDeps): Promise<void> {
  const state: State = {
    wanted,
    deps,
    digest: wanted.digest,
    fresh: new Set(),
    sources: createSources(),
    noCopies: new Set(),
    refusals: new Map(),
    running: new Map(),
  };
  for (const { agent_id: id } of waitingParts(state)) {
    const lack = lackOfDisk(id, deps.fleet.snapshot(), wanted.model);
    if (lack) fail(state, id, new BringFailure(lack.code, lack.message, false));
  }
  for (;;) {
    startWhatCan(state);
    if (state.running.size === 0) return;
    await Promise.race(state.running.values());
    deps.signal.throwIfAborted();
  }
}

interface State {
  readonly wanted: Wanted;
  readonly deps: DistributeDeps;
  /** What the targets are to have, once it is known. */
  digest: string | undefined;
  /** Targets that got it in this run: the snapshot may not know yet. */
  readonly fresh: Set<AgentId>;
  readonly sources: Sources;
  /** Targets that cannot take a copy from an agent. */
  readonly noCopies: Set<AgentId>;
  /** Why a target last got no copy from an agent. */
  readonly refusals: Map<AgentId, string>;
  readonly running: Map<AgentId, Promise<void>>;
}

function waitingParts({ deps, running }: State): readonly JobPart[] {
  return deps.book.parts.filter(({ agent_id: id, state }) => state === 'waiting' && !running.has(id));
}

function startWhatCan(state: State): void {
  const { wanted, deps, sources } = state;
  const { outside, model } = wanted;
  for (const { agent_id: id } of waitingParts(state)) {
    if (state.digest !== undefined && has(state, id)) complete(state, id, state.digest);
    else if (outside === 'each') start(state, id, 'registry', () => pull(state, id));
    else if (state.noCopies.has(id)) startOutside(state, id);
    else if (state.digest !== undefined) {
      const { source } = sources.pick(currentHolders(state), id);
      if (source) start(state, id, source.name, () => copy(state, id, source));
    }
  }
  // Where nobody is on the way to have it, and nobody who has it can serve those that wait, one of them fetches it.
  while (state.running.size === 0) {
    const leader = bestLeader(waitingParts(state), deps.fleet.snapshot(), model);
    if (!leader) return;
    startOutside(state, leader.agent_id);
  }
}

function startOutside(state: State, id: AgentId): void {
  if (state.wanted.outside === 'never') {
    const reason = state.refusals.get(id);
    const sentence = `no other agent could hand "${state.wanted.model}" over${reason === undefined ? '' : `: ${reason}`}`;
    fail(state, id, new BringFailure('NO_SOURCE', sentence, true));
  } else start(state, id, 'registry', () => lead(state, id));
}

function start(state: State, id: AgentId, source: string, run: () => Promise<void>): void {
  state.deps.book.update(id, { state: 'active', source });
  const running = run()
    .catch((error: unknown) => {
      if (!state.deps.signal.aborted) settleFailure(state, id, error);
    })
    .finally(() => state.running.delete(id));
  state.running.set(id, running);
}

/** Has the target fetch the model from outside. What another agent has of it is brought over first, so that only the difference is fetched. */
async function lead(state: State, id: AgentId): Promise<void> {
  const { wanted, deps } = state;
  const snapshot = deps.fleet.snapshot();
  const [other] = holdersOf(snapshot, wanted.model, undefined).filter((agent) => agent.id !== id);
  const isNewcomer = holdersOf(snapshot, wanted.model, undefined).every((agent) => agent.id !== id);
  if (other && isNewcomer && !state.noCopies.has(id) && state.digest === undefined) {
    await bringCopy(state, id, other, digestAt(other, wanted.model), false).catch((error: unknown) => {
      if (deps.signal.aborted || isFinal(error)) throw error;
      deps.log.debug({ err: error }, 'nothing could be taken over from another agent; all of it comes from outside');
    });
  }
  await pull(state, id).catch((error: unknown) => {
    const own = ownDigest(state);
    if (own === undefined || !isUnknownToRegistry(error)) throw error;
    state.digest = own;
    deps.book.update(id, { state: 'waiting' });
  });
}

/**
 * The digest of a model that may have been made in this fleet, where a target lacks it: what no registry has is then copied. Undefined
 * where all targets have it, and where it is known what they are to have.
 */
function ownDigest({ wanted, deps, digest }: State): string | undefined {
  const snapshot = deps.fleet.snapshot();
  const holders = holdersOf(snapshot, wanted.model, undefined);
  const isLacking = deps.book.parts.some(({ agent_id: id }) => holders.every((agent) => agent.id !== id));
  return digest === undefined && isLacking ? newestDigest(snapshot, wanted.model) : undefined;
}

async function pull(state: State, id: AgentId): Promise<void> {
  const { job, model, insecure, isExact } = state.wanted;
  const digest = await bring(id, { kind: 'pull', job, model, insecure }, state.deps);
  if (isExact && digest !== state.digest)
    throw new BringFailure('DIGEST_MISMATCH', `the registry has "${model}" with digest ${digest.slice(0, 12)}, not the wanted one`, false);
  state.digest ??= digest;
  complete(state, id, digest);
}

async function copy(state: State, id: AgentId, source: AgentRecord): Promise<void> {
  const { sources } = state;
  sources.took(source.id);
  try {
    const digest = await bringCopy(state, id, source, state.digest ?? '');
    if (state.wanted.isExact && digest !== state.digest)
      throw new BringFailure('DIGEST_MISMATCH', `its Ollama lists what it got under another digest, ${digest.slice(0, 12)}`, false);
    complete(state, id, digest);
  } catch (error) {
    if (error instanceof BringFailure && error.code === 'COPY_SOURCE_FAILED') sources.failed(source.id, id);
    throw error;
  } finally {
    sources.gaveBack(source.id);
  }
}

function bringCopy(state: State, id: AgentId, source: AgentRecord, digest: string, tellsPhases = true): Promise<string> {
  const { wanted, deps } = state;
  const { job, model } = wanted;
  const token = deps.copyToken({ source, reader: id, model, digest });
  const tls = source.certificate === undefined ? {} : { certificate: source.certificate };
  const sources = [{ agent_id: source.id, name: source.name, address: source.address, token, ...tls }];
  return bring(id, { kind: 'copy', job, model, digest, sources }, deps, tellsPhases);
}

/** A failed source sends the target back to wait for another one; what would fail everywhere fails all that wait. */
function settleFailure(state: State, id: AgentId, error: unknown): void {
  if (!(error instanceof BringFailure)) throw error;
  const { book, log } = state.deps;
  log.debug({ agent: book.part(id).agent, code: error.code, reason: error.message }, 'a transfer failed');
  if (error.code === 'COPY_UNAVAILABLE') state.noCopies.add(id);
  if (error.code === 'COPY_UNAVAILABLE' || error.code === 'COPY_SOURCE_FAILED') {
    state.refusals.set(id, error.message);
    book.update(id, { state: 'waiting' });
    return;
  }
  fail(state, id, error);
  if (isSameEverywhere(error)) for (const part of waitingParts(state)) fail(state, part.agent_id, error);
}

function isUnknownToRegistry(error: unknown): boolean {
  return error instanceof BringFailure && error.code === 'PULL_REFUSED' && error.message.includes('manifest: file does not exist');
}

/** What Ollama says of a name, not of a machine. */
function isSameEverywhere({ code, message }: BringFailure): boolean {
  return code === 'PULL_REFUSED' && /pull model manifest|invalid model name|insecure protocol/.test(message);
}

function isFinal(error: unknown): boolean {
  return error instanceof BringFailure && error.code === 'NOT_ENOUGH_DISK';
}

function complete(state: State, id: AgentId, digest: string): void {
  state.fresh.add(id);
  state.deps.book.update(id, { state: 'completed', digest, phase: 'writing' });
}

function fail({ deps }: State, id: AgentId, { code, message, retryable }: BringFailure): void {
  deps.book.update(id, { state: 'failed', error: message, error_code: code, retryable });
}

/** In this run alone a snapshot may be older than what was done. */
function currentHolders({ deps, wanted, digest, fresh }: State): readonly AgentRecord[] {
  const snapshot = deps.fleet.snapshot();
  const known = holdersOf(snapshot, wanted.model, digest);
  const further = [...fresh].flatMap((id) => snapshot.agents.get(id) ?? []).filter((agent) => !known.includes(agent));
  return [...known, ...further.filter(({ status }) => status === 'online' || status === 'suspect')];
}

function has(state: State, id: AgentId): boolean {
  const { deps, wanted, digest } = state;
  return holdersOf(deps.fleet.snapshot(), wanted.model, digest).some((agent) => agent.id === id);
}

function digestAt(agent: AgentRecord, model: string): string {
  const found = agent.models.get(normalizeModelName(model));
  if (found === undefined) throw new AppError('UNKNOWN_MODEL', { details: { sentence: `agent "${agent.name}" has no "${model}"` } });
  return found.digest;
}
