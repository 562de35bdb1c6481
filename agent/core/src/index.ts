export { type Agent, type AgentDeps, createAgent } from './agent.js';
export type { AgentReport } from './running-agent.js';
