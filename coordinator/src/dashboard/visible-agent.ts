import type { Agent, DashboardChange, HealthMetrics } from '@ollama-coordinator/common';

export type AgentChange = NonNullable<DashboardChange['agent_changes']>[number];
type Gpu = HealthMetrics['gpus'][number];

/** A load that moved by less than this since it was last sent is not sent again: an idle machine flickers by a point or two. */
const LOAD_STEP = 0.02;
/** The same for memory, as a share of all of it. */
const MEMORY_STEP = 0.01;
const TEMPERATURE_STEP_C = 2;

/**
 * The agent as the page needs it: of the models on disk only name, digest and size, and figures that keep their former
 * value until they moved visibly. `shown` is what the page has. Pure.
 */
export function visibleAgent(agent: Agent, shown: Agent | undefined): Agent {
  return {
    ...agent,
    models: agent.models.map(({ name, digest, size_bytes }) => ({ name, digest, size_bytes, modified_at: '' })),
    metrics: visibleMetrics(agent.metrics, shown?.metrics),
  };
}

/**
 * What the page must be told to get from `shown` to `agent`: undefined when nothing, `agent` whole when a field vanished.
 * `last_seen_at` is left out; the ages go out together every few seconds.
 */
export function diffAgent(shown: Agent, agent: Agent): AgentChange | undefined {
  const before: Record<string, unknown> = { ...shown };
  const after: Record<string, unknown> = { ...agent };
  if (Object.keys(before).some((field) => !(field in after))) return agent;
  const changed = Object.keys(after).filter((field) => field !== 'last_seen_at' && !same(before[field], after[field]));
  if (changed.length === 0) return undefined;
  return { id: agent.id, ...Object.fromEntries(changed.map((field) => [field, after[field]])) };
}

function visibleMetrics(metrics: HealthMetrics, shown: HealthMetrics | undefined): HealthMetrics {
  const { cpu, memory, memory_bytes, memory_used_bytes } = metrics;
  return {
    ...present('cpu', settle(round(cpu), shown?.cpu, LOAD_STEP)),
    ...present('memory', settle(round(memory), shown?.memory, MEMORY_STEP)),
    ...present('memory_bytes', memory_bytes),
    ...present('memory_used_bytes', settle(memory_used_bytes, shown?.memory_used_bytes, MEMORY_STEP * (memory_bytes ?? 0))),
    gpus: metrics.gpus.map((gpu, index) => visibleGpu(gpu, shown?.gpus[index])),
  };
}

function visibleGpu(gpu: Gpu, shown: Gpu | undefined): Gpu {
  return {
    name: gpu.name,
    ...present('load', settle(round(gpu.load), shown?.load, LOAD_STEP)),
    ...present('vram_bytes', gpu.vram_bytes),
    ...present('vram_used_bytes', settle(gpu.vram_used_bytes, shown?.vram_used_bytes, MEMORY_STEP * (gpu.vram_bytes ?? 0))),
    ...present('temperature_c', settle(gpu.temperature_c, shown?.temperature_c, TEMPERATURE_STEP_C)),
  };
}

/** Keeps the shown value while the measured one is within a step of it. */
function settle(value: number | undefined, shown: number | undefined, step: number): number | undefined {
  return value !== undefined && shown !== undefined && Math.abs(value - shown) < step ? shown : value;
}

function round(ratio: number | undefined): number | undefined {
  return ratio === undefined ? undefined : Math.round(ratio * 100) / 100;
}

function present<K extends string>(key: K, value: number | undefined): { [P in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: number });
}

function same(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || JSON.stringify(a) === JSON.stringify(b);
}
