import type { Arrival } from '../input/assign-models.js';
import type { Fleet } from '../input/fleet.js';
import { createMachineTruth, type MachineTruth } from './machine-truth.js';

/** Everything that the informed reference is told and everybody else must learn. */
export interface Truth {
  /** By agent id. */
  readonly machines: ReadonlyMap<string, MachineTruth>;
  /** By request id. */
  readonly arrivals: ReadonlyMap<string, Arrival>;
}

export function createTruth(fleet: Fleet, arrivals: readonly Arrival[], seed: number): Truth {
  return {
    machines: new Map(fleet.machines.map((machine, index) => [agentId(index), createMachineTruth(machine, fleet, seed)])),
    arrivals: new Map(arrivals.map((arrival) => [arrival.id, arrival])),
  };
}

function agentId(index: number): string {
  return `agent-${index + 1}`;
}
