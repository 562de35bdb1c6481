export type * from './contract.js';
export { type BalancerManifest, defineBalancer, type NeededFact } from './manifest.js';
