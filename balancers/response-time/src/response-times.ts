import type { AgentId, ModelName } from '@ollama-coordinator/common/balancing';
import { observePeak, type PeakEwma, readPeak } from './peak-ewma.js';

/** What was measured of one agent with one model. */
interface Measured {
  firstByte: PeakEwma | undefined;
  total: PeakEwma | undefined;
}

/** After so many decay times 1 % is left of a figure: it tells nothing any more. */
const FORGOTTEN_AFTER = 5;

/** Response times by agent and model. Seconds in, seconds out; times on the monotonic clock. */
export interface ResponseTimes {
  /** From here on the agent is measured, until it leaves: what is under way then ends later, and must not bring it back. */
  meet(agent: AgentId): void;
  observe(kind: keyof Measured, agent: AgentId, model: ModelName, sampleS: number, atMs: number): void;
  /** Undefined where nothing was measured, or long ago. */
  read(kind: keyof Measured, agent: AgentId, model: ModelName, nowMs: number): number | undefined;
  leave(agent: AgentId): void;
  show(): Record<AgentId, Record<ModelName, { first_byte_s?: number; total_s?: number }>>;
}

export function createResponseTimes(decayS: number): ResponseTimes {
  const agents = new Map<AgentId, Map<ModelName, Measured>>();

  function forgetOld(models: Map<ModelName, Measured>, nowMs: number): void {
    const oldestMs = nowMs - FORGOTTEN_AFTER * 1000 * decayS;
    for (const [model, { firstByte, total }] of models) {
      if ((firstByte?.atMs ?? 0) < oldestMs && (total?.atMs ?? 0) < oldestMs) models.delete(model);
    }
  }
  return {
    meet(agent) {
      if (!agents.has(agent)) agents.set(agent, new Map());
    },
    observe(kind, agent, model, sampleS, atMs) {
      const models = agents.get(agent);
      if (!models) return;
      const measured = models.get(model) ?? { firstByte: undefined, total: undefined };
      if (!models.has(model)) forgetOld(models, atMs);
      models.set(model, { ...measured, [kind]: observePeak(measured[kind], sampleS, atMs, decayS) });
    },
    read(kind, agent, model, nowMs) {
      const measured = agents.get(agent)?.get(model)?.[kind];
      return measured && readPeak(measured, nowMs, decayS);
    },
    leave: (agent) => void agents.delete(agent),
    show: () =>
      Object.fromEntries(
        [...agents].map(([agent, models]) => [agent, Object.fromEntries([...models].map(([model, measured]) => [model, shown(measured)]))]),
      ),
  };
}

function shown({ firstByte, total }: Measured): { first_byte_s?: number; total_s?: number } {
  const rounded = (seconds: number) => Math.round(seconds * 1000) / 1000;
  return {
    ...(firstByte ? { first_byte_s: rounded(firstByte.valueS) } : {}),
    ...(total ? { total_s: rounded(total.valueS) } : {}),
  };
}
