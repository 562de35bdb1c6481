import type { Fleet, Machine, Model } from '../input/fleet.js';
import { gaussian, seededBy } from './seeded-by.js';

/** What is true of one machine with one model: seconds and tokens per second, as long as nothing drifts. */
export interface ModelTruth {
  readonly model: Model;
  readonly loadS: number;
  readonly prefillTokensPerS: number;
  /** Of one stream alone. */
  readonly decodeTokensPerS: number;
  readonly sizeBytes: number;
}

/** A machine as it really is: what the fleet file says, with this seed's noise. Nothing here depends on what is asked of it. */
export interface MachineTruth {
  readonly machine: Machine;
  readonly models: ReadonlyMap<string, ModelTruth>;
  readonly vramBytes: number | undefined;
  /** Factor on the machine's speed at a moment, near 1. */
  driftAt(nowMs: number): number;
  /** Factor on the time of the next load, near 1. */
  drawLoadFactor(): number;
}

const BYTES_PER_GB = 1e9;
/** What lies outside of VRAM is computed by the processor, this many times slower. */
const OFFLOADED_SLOWDOWN = 8;

export function createMachineTruth(machine: Machine, fleet: Fleet, seed: number): MachineTruth {
  const { noise } = fleet;
  const loads = seededBy(seed, 'loads', machine.name);
  const phase = seededBy(seed, 'drift', machine.name)();
  return {
    machine,
    vramBytes: machine.vram_gb === undefined ? undefined : machine.vram_gb * BYTES_PER_GB,
    models: new Map(
      machine.models.flatMap((name) => {
        const model = fleet.models.get(name);
        return model ? [[name, modelTruth(machine, model, fleet, seed)] as const] : [];
      }),
    ),
    driftAt: (nowMs) => 1 + noise.drift * Math.sin(2 * Math.PI * (nowMs / 1000 / noise.drift_period_s + phase)),
    drawLoadFactor: () => Math.exp(noise.load * gaussian(loads)),
  };
}

function modelTruth(machine: Machine, model: Model, { noise }: Fleet, seed: number): ModelTruth {
  const random = seededBy(seed, 'speed', machine.name, model.name);
  const around = () => 1 + noise.speed * (2 * random() - 1);
  const speed = model.speed / offloadFactor(machine, model);
  const { load_s, prefill, decode } = machine.measured[model.name] ?? {};
  return {
    model,
    loadS: (load_s ?? model.load_s / machine.disk) * around(),
    prefillTokensPerS: (prefill ?? machine.prefill * speed) * around(),
    decodeTokensPerS: (decode ?? machine.decode * speed) * around(),
    sizeBytes: model.gb * BYTES_PER_GB,
  };
}

/** By how much a model is slower that does not fit into the VRAM even alone. */
function offloadFactor({ vram_gb: vramGb }: Machine, { gb }: Model): number {
  if (vramGb === undefined || gb <= vramGb) return 1;
  return (vramGb + (gb - vramGb) * OFFLOADED_SLOWDOWN) / gb;
}
