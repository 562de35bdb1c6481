import { type Agent, type AgentSpeed, normalizeModelName } from '@ollama-coordinator/common';

const BYTES_PER_GB = 1e9;
/** Rounds that settle machine speeds and model factors against each other. */
const ROUNDS = 20;

/** One machine with one model: tokens of answer per second. */
interface Speed {
  readonly machine: string;
  readonly model: string;
  readonly perS: number;
}

/**
 * The live fleet as a fleet file: models with their sizes, machines with slots, VRAM, and the speeds that were learned. Each
 * machine names what it was measured at with each model; machine speeds and model factors are what explains these best, so
 * that a model can be moved to where it was never measured. Pure.
 */
export function fleetToJson(agents: readonly Agent[], speeds: readonly AgentSpeed[]) {
  const present = agents.filter(({ models }) => models.length > 0);
  const own = speeds.filter(({ agent_id }) => present.some(({ id }) => id === agent_id));
  const factors = fitFactors(
    own.map(({ agent_id, model, decode_tokens_per_s }) => ({ machine: agent_id, model, perS: decode_tokens_per_s })),
  );
  const sizes = new Map(
    present.flatMap(({ models }) => models.map(({ name, size_bytes }) => [normalizeModelName(name), size_bytes] as const)),
  );
  return {
    factor_is: 'cost',
    models: [...sizes].map(([name, bytes]) => ({
      name,
      gb: round(Math.max(bytes, 1e6) / BYTES_PER_GB),
      load_s: round(median(own.filter(({ model }) => model === name).map(({ load_s }) => load_s)) ?? bytes / BYTES_PER_GB),
      factor: round(factors.model.get(name) ?? 1),
    })),
    machines: present.map((agent) => machineOf(agent, own, factors)),
  };
}

interface Factors {
  /** How much slower a model is than the middle one. */
  readonly model: ReadonlyMap<string, number>;
  /** Tokens of answer per second with a model of factor 1. */
  readonly machine: ReadonlyMap<string, number>;
}

function machineOf(agent: Agent, speeds: readonly AgentSpeed[], factors: Factors) {
  const own = speeds.filter(({ agent_id }) => agent_id === agent.id);
  const decode = factors.machine.get(agent.id) ?? 1;
  const prefillPerDecode =
    median(own.map(({ prefill_tokens_per_s, decode_tokens_per_s }) => prefill_tokens_per_s / decode_tokens_per_s)) ?? 20;
  const vramBytes = agent.max_runner_bytes ?? agent.metrics.gpus.reduce((sum, { vram_bytes = 0 }) => sum + vram_bytes, 0);
  return {
    name: agent.name,
    slots: agent.slots,
    ...(vramBytes > 0 ? { vram_gb: round(vramBytes / BYTES_PER_GB) } : {}),
    prefill: round(decode * prefillPerDecode),
    decode: round(decode),
    decode_slowdown: round(median(own.map(({ decode_slowdown }) => decode_slowdown)) ?? 0.25),
    models: agent.models.map(({ name }) => normalizeModelName(name)),
    labels: agent.labels,
    measured: Object.fromEntries(
      own.map(({ model, load_s, prefill_tokens_per_s, decode_tokens_per_s }) => [
        model,
        { load_s: round(load_s), prefill: round(prefill_tokens_per_s), decode: round(decode_tokens_per_s) },
      ]),
    ),
  };
}

/** speed = machine ÷ model, by least squares of the logarithms, machines and models in turn. */
function fitFactors(speeds: readonly Speed[]): Factors {
  const model = new Map<string, number>();
  const machine = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    settle(
      machine,
      speeds,
      (one) => one.machine,
      ({ model: name, perS }) => Math.log(perS) + (model.get(name) ?? 0),
    );
    settle(
      model,
      speeds,
      (one) => one.model,
      ({ machine: name, perS }) => (machine.get(name) ?? 0) - Math.log(perS),
    );
  }
  const middle = median([...model.values()]) ?? 0;
  const antilog = (values: ReadonlyMap<string, number>) => new Map([...values].map(([name, log]) => [name, Math.exp(log - middle)]));
  return { model: antilog(model), machine: antilog(machine) };
}

/** Each name's figure becomes the mean of what its speeds ask of it. */
function settle(
  figures: Map<string, number>,
  speeds: readonly Speed[],
  nameOf: (speed: Speed) => string,
  wanted: (speed: Speed) => number,
): void {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const speed of speeds) {
    const { sum, count } = sums.get(nameOf(speed)) ?? { sum: 0, count: 0 };
    sums.set(nameOf(speed), { sum: sum + wanted(speed), count: count + 1 });
  }
  for (const [name, { sum, count }] of sums) figures.set(name, sum / count);
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

/** Three digits: more is not known. */
function round(value: number): number {
  return Number(value.toPrecision(3));
}
