import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPulls } from '../../support/registry/pull-checks.js';
import { startSimulatedOllama } from '../../support/simulated-ollama/index.js';

describe('pulls of the simulated Ollama from a registry', function () {
  this.timeout(20_000);
  checkPulls(async () => {
    const modelsDir = await mkdtemp(join(tmpdir(), 'oc-models-'));
    const ollama = await startSimulatedOllama({ models: [], modelsDir });
    return {
      url: ollama.url,
      modelsDir,
      close: async () => {
        await ollama.close();
        await rm(modelsDir, { recursive: true, force: true });
      },
    };
  });
});
