export { chooseLeastCost } from './choose-least-cost.js';
export type * from './contract.js';
export { type BalancerManifest, defineBalancer, type NeededFact, type OptionsSchema, type ParsedOptions } from './manifest.js';
