import { markdownTable } from '../../bench/support/markdown-table.js';
import { startRealOllama } from '../real-ollama/start-real-ollama.js';
import { fitModel, measureOllama, type OllamaFigures } from './measure-ollama.js';
import { startSimulatedOllama } from './start-simulated-ollama.js';

const MODELS = [
  { model: 'tiny', promptChars: 150, answerTokens: 100 },
  { model: 'slow', promptChars: 40, answerTokens: 12 },
] as const;
const SLOTS = 4;
const ROUNDS = 3;

/**
 * Measures the real Ollama, gives its figures to the simulated one, measures that in the same way, and prints both:
 * `node test/dist/support/simulated-ollama/calibrate.js`. What was fitted must agree, what was not shows the shape.
 */
async function main(): Promise<void> {
  const real = await startRealOllama({ models: MODELS.map(({ model }) => model), numParallel: SLOTS });
  try {
    for (const { model, ...sizes } of MODELS) {
      const options = { model, ...sizes, rounds: ROUNDS };
      const measured = await measureOllama({ url: real.url, ...options });
      const simulated = await startSimulatedOllama({ models: [fitModel(model, measured)], numParallel: SLOTS });
      const played = await measureOllama({ url: simulated.url, ...options }).finally(() => simulated.close());
      const rows = Object.entries(measured).map(([name, value]) => [
        name,
        value.toFixed(1),
        played[name as keyof OllamaFigures].toFixed(1),
      ]);
      console.log(`\n${markdownTable([model, 'real', 'simulated'], rows)}`);
    }
  } finally {
    await real.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
