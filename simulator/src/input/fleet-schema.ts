import { normalizeModelName } from '@ollama-coordinator/common';
import { z } from 'zod';

const positive = z.number().positive().max(1e12);
const share = z.number().min(0).max(0.9);
const name = z.string().trim().min(1).max(128);
const modelName = name.transform(normalizeModelName);

const modelSchema = z.object({
  name: modelName,
  /** Gigabytes on disk, and in VRAM once loaded. */
  gb: positive,
  /** Seconds to load from a disk of speed 1. Default: a gigabyte per second. */
  load_s: z.number().nonnegative().max(36_000).optional(),
  /** Its speed in relation to a model of factor 1; see `factor_is`. */
  factor: positive.default(1),
  /** Gigabytes of VRAM that 1,024 tokens of context take, per slot. */
  kv_gb_per_1k: z.number().nonnegative().max(100).default(0),
});

const machineSchema = z.object({
  name,
  /** Requests that one loaded model answers at the same time (OLLAMA_NUM_PARALLEL). */
  slots: z.int().positive().max(256).default(1),
  /** Gigabytes that bound what is loaded together. Absent: everything fits. */
  vram_gb: positive.optional(),
  /** Tokens of prompt per second with a model of factor 1. */
  prefill: positive,
  /** Tokens of answer per second of one stream with a model of factor 1. */
  decode: positive,
  /** Speed of its disk: a load takes load_s ÷ disk. */
  disk: positive.default(1),
  /** Names of the models on its disk. Default: all. */
  models: z.array(modelName).min(1).optional(),
  /** Most models loaded together (OLLAMA_MAX_LOADED_MODELS). Absent: as many as fit. */
  max_loaded: z.int().positive().max(64).optional(),
  /** Each further stream makes all slower: speed ÷ (1 + slowdown × (streams − 1)). */
  decode_slowdown: z.number().nonnegative().max(10).default(0.25),
  /** Requests per hour of someone who uses this Ollama directly. Default: `noise.foreign_per_hour`. */
  foreign_per_hour: z.number().nonnegative().max(100_000).optional(),
  /** What it was measured at with a model, instead of what follows from its speeds and the model's factor. */
  measured: z
    .record(modelName, z.object({ load_s: z.number().nonnegative().max(36_000), prefill: positive, decode: positive }).partial())
    .default({}),
  labels: z.record(z.string().max(64), z.string().max(128)).default({}),
});

/** How the machines differ from what the file says of them, and from one minute to the next. All shares are ±. */
const noiseSchema = z.strictObject({
  /** Of each machine's speed with each model, drawn once. */
  speed: share.default(0.2),
  /** Of one answer's speed. */
  request: share.default(0.05),
  /** Amplitude of the slow drift of a machine's speed … */
  drift: share.default(0.1),
  /** … and its period. */
  drift_period_s: positive.default(900),
  /** Spread of one load's time: its logarithm has this standard deviation. */
  load: z.number().min(0).max(2).default(0.2),
  /** Requests per hour and machine of people who use that Ollama directly. */
  foreign_per_hour: z.number().nonnegative().max(100_000).default(3),
  /** Mean sizes of their requests. */
  foreign_input_tokens: positive.default(400),
  foreign_output_tokens: positive.default(150),
});

export type Noise = z.infer<typeof noiseSchema>;

/** Machines that do exactly what the file says. */
export const NO_NOISE: Noise = {
  ...noiseSchema.parse({}),
  speed: 0,
  request: 0,
  drift: 0,
  load: 0,
  foreign_per_hour: 0,
};

/** Settings of the coordinator that a fleet may need otherwise. Defaults are the coordinator's own. */
const coordinatorSchema = z.strictObject({
  queue_limit: z.int().nonnegative().default(1000),
  queue_timeout_s: positive.default(300),
  first_byte_timeout_s: positive.default(120),
  load_timeout_s: positive.default(300),
});

export const fleetSchema = z.object({
  models: z.array(modelSchema).min(1),
  machines: z.array(machineSchema).min(1).max(10_000),
  /** `cost`: speed = machine's ÷ factor; `speed`: machine's × factor; `auto`: whichever makes the larger models slower. */
  factor_is: z.enum(['auto', 'cost', 'speed']).default('auto'),
  /** `false`: no noise at all; an object: what differs from the defaults. */
  noise: z.preprocess((value) => (value === false ? NO_NOISE : value === true || value === undefined ? {} : value), noiseSchema),
  coordinator: coordinatorSchema.prefault({}),
  /** Half of it is the least time that a message takes between two processes, all of it the most. */
  network_ms: z.number().nonnegative().max(10_000).default(1),
  /** Seconds after which Ollama unloads an idle model (OLLAMA_KEEP_ALIVE). */
  keep_alive_s: positive.default(300),
});

export type FleetFile = z.infer<typeof fleetSchema>;
export type FleetModel = z.infer<typeof modelSchema>;
export type FleetMachine = z.infer<typeof machineSchema>;
