import { modelOfSignature, type RunnerSignature } from '@ollama-coordinator/common';
import { findRunner, type GateRunner, type GateState } from './gate-state.js';

/** Whether one more runner of the signature fits beside those that would stay if `leaving` left. Changes nothing. */
export function fitsWithout(state: GateState, signature: RunnerSignature, leaving: ReadonlySet<GateRunner>): boolean {
  let count = 1;
  let bytes = neededBytes(state, signature);
  for (const runner of state.runners) {
    if (leaving.has(runner) || isPromisedToLeave(state, runner)) continue;
    count += 1;
    bytes += bytesOf(state, runner);
  }
  for (const promised of promisedLoads(state)) {
    count += 1;
    bytes += neededBytes(state, promised);
  }
  // Alone it is loaded in any case: what does not fit into VRAM runs on the processor.
  if (count === 1) return true;
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
function promisedLoads(state: GateState): ReadonlySet<RunnerSignature> {
  const signatures = new Set<RunnerSignature>();
  for (const { signature } of state.leases.values()) if (!findRunner(state, signature)) signatures.add(signature);
  return signatures;
}
