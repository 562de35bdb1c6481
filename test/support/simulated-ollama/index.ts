export type { Stats } from '#simulator/ollama/engine/stats.js';
export type { ModelSpec } from '#simulator/ollama/model.js';
export type { Fault, FaultRule, Faults } from './faults.js';
export type { SimulatedOllamaOptions } from './options.js';
export { instant, PROFILES } from './profiles.js';
export type { LoggedRequest } from './request-log.js';
export { type SimulatedOllama, startSimulatedOllama } from './start-simulated-ollama.js';
