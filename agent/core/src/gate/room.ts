import { modelOfSignature, type RunnerSignature } from '@ollama-coordinator/common';
import { findRunner, type GateRunner, type GateState, type Lease } from './gate-state.js';

/**
 * Whether one more runner of the signature fits beside all that are there, those included that are promised to leave, and
 * also when they have left and what they leave for is loaded.
 */
export function fitsNow(state: GateState, signature: RunnerSignature): boolean {
  const isImmediate = ({ victims }: Lease) => victims.length === 0;
  return fitsBeside(state, signature, [...state.runners], promisedLoads(state, isImmediate)) && fitsWithout(state, signature, new Set());
}

/** Whether it would fit when `leaving` and those that are promised to leave have left. Changes nothing. */
export function fitsWithout(state: GateState, signature: RunnerSignature, leaving: ReadonlySet<GateRunner>): boolean {
  const staying = [...state.runners].filter((runner) => !leaving.has(runner) && !isPromisedToLeave(state, runner));
  return fitsBeside(state, signature, staying, promisedLoads(state));
}

function fitsBeside(
  state: GateState,
  signature: RunnerSignature,
  runners: readonly GateRunner[],
  promised: ReadonlySet<RunnerSignature>,
): boolean {
  const count = 1 + runners.length + promised.size;
  // Alone it is loaded in any case: what does not fit into VRAM runs on the processor.
  if (count === 1) return true;
  let bytes = neededBytes(state, signature);
  for (const runner of runners) bytes += bytesOf(state, runner);
  for (const other of promised) bytes += neededBytes(state, other);
  return count <= (state.maxRunners ?? count) && bytes <= (state.maxRunnerBytes ?? bytes);
}

/** VRAM that a runner of the signature is expected to take: what its model took last, else its size on disk, else nothing. */
function neededBytes(state: GateState, signature: RunnerSignature): number {
  const model = modelOfSignature(signature);
  return state.seenBytes.get(model) ?? state.diskBytes.get(model) ?? 0;
}

/** Before Ollama has listed it, what it needs; then what it has: part of it may lie outside of VRAM. */
function bytesOf(state: GateState, { sizeBytes, vramBytes, signature }: GateRunner): number {
  return sizeBytes > 0 ? vramBytes : neededBytes(state, signature);
}

function isPromisedToLeave(state: GateState, runner: GateRunner): boolean {
  for (const { victims } of state.leases.values()) if (victims.includes(runner)) return true;
  return false;
}

/** Signatures of leases that will load a further runner. */
function promisedLoads(state: GateState, counts: (lease: Lease) => boolean = () => true): ReadonlySet<RunnerSignature> {
  const signatures = new Set<RunnerSignature>();
  for (const lease of state.leases.values()) if (counts(lease) && !findRunner(state, lease.signature)) signatures.add(lease.signature);
  return signatures;
}
