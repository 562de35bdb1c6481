import type { z } from 'zod';
import type { Logger } from '../logging/create-logger.js';
import type { Balancer } from './contract.js';

/** Facts that cost something to make. A balancer names those it reads; the others may be empty. */
export type NeededFact = 'prefix' | 'tokens' | 'speed';

/** The default export of a balancer package. */
export interface BalancerManifest<Schema extends z.ZodType = z.ZodType> {
  /** Version of this contract. */
  readonly api: 1;
  /** The npm name of the package. */
  readonly name: string;
  readonly stability: 'stable' | 'experimental';
  readonly needs: readonly NeededFact[];
  /** Strict schema of the options, so that a misspelt option stops the start. */
  readonly options: Schema;
  /** Called once at start. May throw: then the start stops and names the balancer. */
  create(options: z.output<Schema>, context: { readonly log: Logger }): Balancer | Promise<Balancer>;
}

/** Identity, for types: write `export default defineBalancer({ … })`. */
export function defineBalancer<Schema extends z.ZodType>(manifest: BalancerManifest<Schema>): BalancerManifest<Schema> {
  return manifest;
}
