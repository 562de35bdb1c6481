export { type Agent, type AgentDeps, createAgent } from './agent.js';
export { joinFleet, usualConfigFile } from './commands/join.js';
export { type Visit, type Visited, visitCoordinator } from './commands/visit-coordinator.js';
export { writePrivateFile } from './identity.js';
export { machineName } from './machine-name.js';
export type { DownloadProgress } from './ollama/install/download-progress.js';
export { createOllamaSetup, type OllamaSetup, type OllamaSetupDeps } from './ollama/run/ollama-setup.js';
export type { SetupPhase, SetupState } from './ollama/run/setup-state.js';
export type { AgentReport, Shares } from './running-agent.js';
