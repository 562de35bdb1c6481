export { type Coordinator, type CoordinatorOptions, createCoordinator, type StartedCoordinator } from './app.js';
export { loadCoordinatorConfig, loadCoordinatorSettings } from './config.js';
