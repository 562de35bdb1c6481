import type { Clock, HealthMetrics, Logger, Timer } from '@ollama-coordinator/common';
import { currentLoad, graphics, mem } from 'systeminformation';

type GpuMetrics = HealthMetrics['gpus'][number];

const GPU_EVERY_MS = 60_000;
const MIB = 1024 * 1024;
/** A heartbeat does not wait longer than this for a figure; the figure is then absent. */
const SAMPLE_TIMEOUT_MS = 1000;

/** Where the figures come from. A value that cannot be measured is undefined. */
export interface MetricsSource {
  /** Busy share of all cores since the call before, 0 to 1. The first answer of a process is the average since boot. */
  cpuLoad(): Promise<number | undefined>;
  memory(): Promise<{ totalBytes: number; availableBytes: number } | undefined>;
  /** Starts programs on some systems; takes from milliseconds to seconds. */
  gpus(): Promise<GpuMetrics[]>;
}

export interface MetricsSampler {
  start(): void;
  sample(): Promise<HealthMetrics>;
  stop(): void;
}

export interface MetricsSamplerDeps {
  readonly source: MetricsSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after each look at the graphics cards. */
  readonly onGpus?: (gpus: readonly GpuMetrics[]) => void;
}

export function createMetricsSampler({ source, clock, log, onGpus }: MetricsSamplerDeps): MetricsSampler {
  let gpus: GpuMetrics[] = [];
  let gpuTimer: Timer | undefined;
  let readingGpus = false;
  const readGpus = async (): Promise<void> => {
    if (readingGpus) return;
    readingGpus = true;
    gpus = (await orUndefined(source.gpus(), log)) ?? [];
    readingGpus = false;
    onGpus?.(gpus);
  };
  // Discarded: it is the average since the machine started.
  let primed: Promise<unknown> | undefined;
  return {
    start() {
      primed = within(source.cpuLoad(), clock, log);
      void readGpus();
      gpuTimer = clock.setInterval(() => void readGpus(), GPU_EVERY_MS);
    },
    async sample() {
      await primed;
      const [cpu, memory] = await Promise.all([within(source.cpuLoad(), clock, log), within(source.memory(), clock, log)]);
      const usedBytes = memory && Math.max(0, memory.totalBytes - memory.availableBytes);
      return {
        ...(cpu === undefined ? {} : { cpu: toRatio(cpu) }),
        ...(memory === undefined || usedBytes === undefined
          ? {}
          : { memory: toRatio(usedBytes / memory.totalBytes), memory_bytes: memory.totalBytes, memory_used_bytes: usedBytes }),
        gpus,
      };
    },
    stop: () => gpuTimer?.cancel(),
  };
}

/** This machine, through systeminformation. */
export const systemMetricsSource: MetricsSource = {
  cpuLoad: async () => finite((await currentLoad()).currentLoad / 100),
  async memory() {
    const { total, available } = await mem();
    return total > 0 && available >= 0 ? { totalBytes: Math.round(total), availableBytes: Math.round(available) } : undefined;
  },
  async gpus() {
    const { controllers } = await graphics();
    return controllers.slice(0, 32).map((controller) => ({
      name: (controller.model || controller.name || '').slice(0, 128),
      ...optional('load', scaled(controller.utilizationGpu, 0.01)),
      ...optional('vram_bytes', scaled(controller.memoryTotal ?? (controller.vramDynamic ? undefined : controller.vram), MIB)),
      ...optional('vram_used_bytes', scaled(controller.memoryUsed, MIB)),
      ...optional('temperature_c', finite(controller.temperatureGpu)),
    }));
  },
};

/** For an Ollama on another machine, of which this one's figures say nothing. */
export const noMetricsSource: MetricsSource = {
  cpuLoad: async () => undefined,
  memory: async () => undefined,
  gpus: async () => [],
};

async function orUndefined<T>(pending: Promise<T>, log: Logger): Promise<T | undefined> {
  try {
    return await pending;
  } catch (error) {
    log.debug({ err: error }, 'a system figure could not be read');
    return undefined;
  }
}

function within<T>(pending: Promise<T>, clock: Clock, log: Logger): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(undefined), SAMPLE_TIMEOUT_MS);
    void orUndefined(pending, log).then((value) => {
      timer.cancel();
      resolve(value);
    });
  });
}

function toRatio(value: number): number {
  return Math.min(1, Math.max(0, Math.round(value * 10_000) / 10_000));
}

function finite(value: number | null | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** systeminformation gives null or 0 for memory that it cannot tell. */
function scaled(value: number | null | undefined, factor: number): number | undefined {
  const known = finite(value);
  if (known === undefined || known < 0 || (factor === MIB && known === 0)) return undefined;
  return factor === MIB ? Math.round(known * factor) : toRatio(known * factor);
}

function optional<Name extends string>(name: Name, value: number | undefined): { [name in Name]?: number } {
  return (value === undefined ? {} : { [name]: value }) as { [name in Name]?: number };
}
