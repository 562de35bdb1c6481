import { modelOfSignature, type RunnerSignature } from '@ollama-coordinator/common';
import { findRunner, type GateRunner, type GateState, isPinned, isSameModel, serves, type Want } from './gate-state.js';
import { fitsNow, fitsWithout } from './room.js';

/** How a request could be let through at this moment, or why it cannot. */
export type Plan =
  | { readonly kind: 'slot'; readonly runner: GateRunner }
  /** Ollama reloads the same, idle model with other options. */
  | { readonly kind: 'replace'; readonly victim: GateRunner }
  | { readonly kind: 'load' }
  | { readonly kind: 'evict'; readonly victims: readonly GateRunner[] }
  | { readonly kind: 'busy'; readonly reason: string };

/** The gate's rule. `evict`: runners that should make room, the first one first. Changes nothing. */
export function planFor(state: GateState, signature: RunnerSignature, evict: readonly RunnerSignature[] = []): Plan {
  if (state.draining) return busy('the agent is draining');
  const runner = findRunner(state, signature);
  if (runner) return planOnRunner(state, runner);
  const other = otherOptionsOf(state, signature);
  if (other) return mayGo(state, other) ? { kind: 'replace', victim: other } : busy('the model is busy with other load options');
  return planLoad(state, signature, evict);
}

/** A runner of the model with other load options: Ollama holds a model once. */
export function otherOptionsOf(state: GateState, signature: RunnerSignature): GateRunner | undefined {
  const model = modelOfSignature(signature);
  for (const runner of state.runners) if (isSameModel(state, runner.model, model)) return runner;
  return undefined;
}

function planOnRunner(state: GateState, runner: GateRunner): Plan {
  if (runner.state === 'unloading') return busy('the model is being unloaded');
  if (runner.closing) return busy('the model makes room for another one');
  if (runner.awaitsRoom) return busy('room for the model is being made');
  if (runner.inFlight >= state.slots) return busy('every slot of the model is taken');
  if (runner.inFlight + leasesOn(state, runner) >= state.slots) return busy('the free slots of the model are promised');
  return { kind: 'slot', runner };
}

function planLoad(state: GateState, signature: RunnerSignature, evict: readonly RunnerSignature[]): Plan {
  const promised = [...state.leases.values()].filter((lease) => lease.signature === signature);
  if (promised.some((lease) => lease.victims.length > 0)) return busy('room for the model is being made');
  if (promised.length >= state.slots) return busy('the slots of the model are promised before it is loaded');
  // It will run beside those, on the runner that they load: there is room for it.
  if (promised.length > 0) return { kind: 'load' };
  if (fitsNow(state, signature)) return { kind: 'load' };
  // Ollama holds up everybody behind a pending eviction, so there is at most one, and only of idle runners.
  if (isEvicting(state)) return busy('another model is being unloaded');
  const idle = [...state.runners].filter((runner) => mayGo(state, runner) && !isPinned(state, runner));
  const victims = new Set<GateRunner>();
  for (const runner of inOrder(idle, evict)) {
    victims.add(runner);
    if (fitsWithout(state, signature, victims)) return { kind: 'evict', victims: needed(state, signature, victims) };
  }
  return busy(
    victims.size === 0 ? 'no runner that may go is idle, and no further one may be loaded' : 'the idle runners do not make enough room',
  );
}

/** Not those of the victims that may stay since a later, larger one makes enough room. */
function needed(state: GateState, signature: RunnerSignature, victims: ReadonlySet<GateRunner>): readonly GateRunner[] {
  const leaving = new Set(victims);
  for (const victim of [...victims].reverse()) {
    leaving.delete(victim);
    if (!fitsWithout(state, signature, leaving)) leaving.add(victim);
  }
  return [...victims].filter((victim) => leaving.has(victim));
}

/** Those that should go first, then those unused longest. */
export function inOrder(runners: readonly GateRunner[], evict: readonly RunnerSignature[]): readonly GateRunner[] {
  const place = ({ signature }: GateRunner) => (evict.includes(signature) ? evict.indexOf(signature) : evict.length);
  return [...runners].sort((one, other) => place(one) - place(other) || one.lastUsedMs - other.lastUsedMs);
}

/** Whether a runner has nothing to do, nor anybody who waits for it: they are served before it goes. */
function mayGo(state: GateState, runner: GateRunner): boolean {
  if (runner.state !== 'ready' || runner.inFlight > 0 || leasesOn(state, runner) > 0) return false;
  return runner.closing || wantsOf(state, runner).length === 0;
}

/** Who waits for the runner. */
export function wantsOf(state: GateState, runner: GateRunner): readonly Want[] {
  return [...state.watching].flatMap((replica) =>
    (state.wants.get(replica) ?? []).filter(({ waiting, signature }) => waiting > 0 && serves(state, runner, signature)),
  );
}

function isEvicting(state: GateState): boolean {
  for (const runner of state.runners) if (runner.state === 'unloading') return true;
  for (const lease of state.leases.values()) if (lease.victims.length > 0) return true;
  return false;
}

/** Slots of a runner that leases keep; all of them on one that is to make room. */
function leasesOn(state: GateState, runner: GateRunner): number {
  let count = 0;
  for (const lease of state.leases.values()) {
    if (lease.victims.includes(runner)) return state.slots;
    if (serves(state, runner, lease.signature)) count += 1;
  }
  return count;
}

function busy(reason: string): Plan {
  return { kind: 'busy', reason };
}
