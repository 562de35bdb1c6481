import type { FleetFile, FleetMachine, FleetModel } from './fleet-schema.js';

/** A machine with every default filled in. */
export interface Machine extends Omit<FleetMachine, 'models' | 'foreign_per_hour'> {
  readonly models: readonly string[];
  readonly foreign_per_hour: number;
}

/** A model with its speed as a multiple of the machine's. */
export interface Model extends Omit<FleetModel, 'factor' | 'load_s'> {
  readonly load_s: number;
  readonly speed: number;
}

/** A fleet as the simulation uses it. */
export interface Fleet extends Omit<FleetFile, 'models' | 'machines' | 'factor_is'> {
  /** Of its file. */
  readonly name: string;
  readonly models: ReadonlyMap<string, Model>;
  readonly machines: readonly Machine[];
  /** How `factor` was read. */
  readonly factorIs: 'cost' | 'speed';
}
