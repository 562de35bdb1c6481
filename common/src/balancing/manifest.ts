import type { Logger } from '../logging/create-logger.js';
import type { Balancer } from './contract.js';

/** Facts that cost something to make. A balancer names those it reads; the others may be empty. */
export type NeededFact = 'prefix' | 'tokens' | 'speed';

/** What became of the options: read, or refused with the path to each bad one. */
export type ParsedOptions<Options> =
  | { readonly success: true; readonly data: Options }
  | {
      readonly success: false;
      readonly error: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] };
    };

/** A zod schema, or anything that reads options the same way: a plugin need not share our copy of zod, nor use zod. */
export interface OptionsSchema<Options> {
  safeParse(value: unknown): ParsedOptions<Options>;
}

/** `mostCandidates` of a balancer of the least cost: the best of a thousand agents is hardly better than the best of thirty. */
export const ENOUGH_CANDIDATES = 32;

/** The default export of a balancer package. */
export interface BalancerManifest<Options = unknown> {
  /** Version of this contract. */
  readonly api: 1;
  /** The npm name of the package. */
  readonly name: string;
  readonly stability: 'stable' | 'experimental';
  readonly needs: readonly NeededFact[];
  /**
   * Among more candidates than this it is content with so many: those that have the runner, then others, the same ones for the
   * same signature; all where none of these has a slot free. Absent: it wants to see all.
   */
  readonly mostCandidates?: number;
  /** Strict schema of the options, so that a misspelt option stops the start. It gets `{}` when none are configured. */
  readonly options: OptionsSchema<Options>;
  /** Called once at start. May throw: then the start stops and names the balancer. */
  create(options: Options, context: { readonly log: Logger }): Balancer | Promise<Balancer>;
}

/** Identity, for types: write `export default defineBalancer({ … })`. */
export function defineBalancer<Options>(manifest: BalancerManifest<Options>): BalancerManifest<Options> {
  return manifest;
}
