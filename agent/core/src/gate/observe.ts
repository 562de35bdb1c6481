import type { GateRunner, GateState } from './gate-state.js';

/** One model of /api/ps. */
export interface RunningModel {
  readonly name: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly vramBytes: number;
  readonly contextLength: number | undefined;
  /**
   * When Ollama unloads it, as it says so itself. From the beginning of the load to the end of the first answer that is as long after now
   * as it is to be kept, whenever it is asked (seen on 0.32.15; server/routes.go, PsHandler).
   */
  readonly expiresAt?: string | undefined;
}

/**
 * Brings the gate in line with what Ollama says it holds. `askedMs` is when the question was put: a runner used since then
 * is left alone, because the answer may be older than it. Returns whether anything changed.
 */
export function observeRunners(state: GateState, running: readonly RunningModel[], askedMs: number): boolean {
  let changed = false;
  const seen = new Set<GateRunner>();
  const sinceLastMs = askedMs - (state.observedMs ?? askedMs);
  for (const model of running) {
    state.seenBytes.set(model.name, model.vramBytes);
    const runner = findByModel(state, model);
    if (runner) {
      seen.add(runner);
      if (runner.lastUsedMs < askedMs) changed = update(runner, model, sinceLastMs) || changed;
    } else {
      const found = takeOver(model, askedMs, state.observedMs !== undefined);
      state.runners.add(found);
      seen.add(found);
      changed = true;
    }
  }
  state.observedMs = askedMs;
  for (const runner of state.runners) {
    if (seen.has(runner) || isInUse(runner) || runner.lastUsedMs >= askedMs) continue;
    state.runners.delete(runner);
    changed = true;
  }
  return changed;
}

/** One that is being unloaded stays until its ticket says so: gone from the gate, it could be loaded again under the unload. */
function isInUse({ inFlight, state }: GateRunner): boolean {
  return inFlight > 0 || state === 'unloading';
}

function findByModel(state: GateState, { name, digest }: RunningModel): GateRunner | undefined {
  for (const runner of state.runners) {
    if (runner.model === name || (digest !== '' && runner.digest === digest)) return runner;
  }
  return undefined;
}

function update(runner: GateRunner, model: RunningModel, sinceLastMs: number): boolean {
  const before = JSON.stringify(runner);
  // Another context length than the one it had: somebody else reloaded it, and with what options is not known.
  if (runner.contextLength !== undefined && model.contextLength !== runner.contextLength && runner.inFlight === 0)
    runner.signature = runner.model;
  if (runner.state === 'loading' && runner.inFlight === 0 && !isInFirstUse(runner, model, sinceLastMs)) runner.state = 'ready';
  runner.digest = model.digest;
  runner.sizeBytes = model.sizeBytes;
  runner.vramBytes = model.vramBytes;
  runner.contextLength = model.contextLength;
  runner.expiresAt = model.expiresAt;
  return JSON.stringify(runner) !== before;
}

/** How far the time between two looks may differ from the time between Ollama's two answers. */
const LOOK_JITTER_MS = 500;

/**
 * Whether somebody else's request still loads it, or is the first one that it answers: between two looks its end moved on by as much as the
 * time. The end of a later answer moves it as well, by whatever it happens to be.
 */
function isInFirstUse({ expiresAt }: GateRunner, model: RunningModel, sinceLastMs: number): boolean {
  if (expiresAt === undefined || model.expiresAt === undefined) return false;
  const movedMs = Date.parse(model.expiresAt) - Date.parse(expiresAt);
  return movedMs > 0 && Math.abs(movedMs - sinceLastMs) < LOOK_JITTER_MS;
}

/** Ollama lists a model from the beginning of its load on: one that was not there at the last look is taken for loading until the next. */
function takeOver(model: RunningModel, askedMs: number, isNew: boolean): GateRunner {
  return {
    model: model.name,
    signature: model.name,
    state: isNew && model.expiresAt !== undefined ? 'loading' : 'ready',
    inFlight: 0,
    awaitsRoom: false,
    closing: false,
    digest: model.digest,
    sizeBytes: model.sizeBytes,
    vramBytes: model.vramBytes,
    contextLength: model.contextLength,
    expiresAt: model.expiresAt,
    lastUsedMs: askedMs - 1,
    startedMs: askedMs - 1,
    loadMs: undefined,
  };
}
