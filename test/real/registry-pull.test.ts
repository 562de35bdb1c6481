import { startRealOllama } from '../support/real-ollama/start-real-ollama.js';
import { checkPulls } from '../support/registry/pull-checks.js';

describe('pulls of the real Ollama from the simulated registry', function () {
  this.timeout(120_000);
  checkPulls(() => startRealOllama({ models: [] }));
});
