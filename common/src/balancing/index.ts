export { chooseLeastCost } from './choose-least-cost.js';
export { contenders } from './contenders.js';
export type * from './contract.js';
export {
  type ExpectedAttempt,
  expectAttempt,
  loadSeconds,
  prefillSeconds,
  runnerOf,
  warmTokensOn,
} from './expect-attempt.js';
export { loadWithOneMore } from './load-with-one-more.js';
export {
  type BalancerManifest,
  defineBalancer,
  ENOUGH_CANDIDATES,
  type NeededFact,
  type OptionsSchema,
  type ParsedOptions,
} from './manifest.js';
export { matchesTarget, modelPattern } from './matching.js';
export { hasFreeSlot, requestsAhead } from './requests-ahead.js';
export { bytesLacking, bytesOfRunner, isOfModel, MOST_RUNNERS, runnersLacking } from './room-on-agent.js';
