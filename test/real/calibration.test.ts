import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { type RealOllama, startRealOllama } from '../support/real-ollama/start-real-ollama.js';
import { startSimulatedOllama } from '../support/simulated-ollama/index.js';
import { fitModel, measureOllama, type OllamaFigures } from '../support/simulated-ollama/measure-ollama.js';

/** Other programs use the machine, and a few tokens are a short measure: a figure may be off by this factor. */
const FACTOR = 2.5;
/** Below this many milliseconds nothing is compared. */
const LEAST_MS = 30;

const MODELS = [
  { model: 'tiny', promptChars: 150, answerTokens: 60, rounds: 3 },
  { model: 'slow', promptChars: 30, answerTokens: 8, rounds: 2 },
] as const;

describe("the simulated Ollama's engine, held to the real Ollama", function () {
  this.timeout(400_000);
  let real: RealOllama;
  before(async () => {
    real = await startRealOllama({ models: MODELS.map(({ model }) => model), numParallel: 4 });
  });
  after(() => real?.close());

  for (const { model, ...sizes } of MODELS) {
    describe(model, () => {
      let measured: OllamaFigures;
      let played: OllamaFigures;
      before(async () => {
        measured = await measureOllama({ url: real.url, model, ...sizes });
        const simulated = await startSimulatedOllama({ models: [fitModel(model, measured)], numParallel: 4 });
        played = await measureOllama({ url: simulated.url, model, ...sizes }).finally(() => simulated.close());
      });

      it('loads once, and has it loaded then', () => {
        for (const { loadMs, loadedMs } of [measured, played]) expect(loadedMs).to.be.below(loadMs / 3);
        near('loadMs', LEAST_MS);
      });

      it('needs twice the time for a prompt of twice the tokens', () => near('prefillMs', LEAST_MS));

      it('works on nothing again that a slot has from the prompt before', () => {
        for (const { cachedPrefillMs, longPrefillMs } of [measured, played]) expect(cachedPrefillMs).to.be.below(longPrefillMs / 4);
      });

      it('slows streams down in proportion to the others beside them', () => {
        near('decodePerSOfFour', 0);
        near('decodePerSOfTwo', 0);
      });

      function near(figure: keyof OllamaFigures, least: number): void {
        if (Math.max(measured[figure], played[figure]) < least) return;
        const said = `${figure}: ${measured[figure].toFixed(1)} in truth, ${played[figure].toFixed(1)} simulated`;
        expect(played[figure], said).to.be.within(measured[figure] / FACTOR, measured[figure] * FACTOR);
      }
    });
  }

  it('tells by expires_at whether a model was idle since its load: until then it moves on with the time', async () => {
    const simulated = await startSimulatedOllama({ models: [{ name: 'slow', loadMs: 500, decodeTokensPerS: 20 }] });
    try {
      for (const { url } of [real, simulated]) {
        await ask(url, { keep_alive: 0 });
        await eventually(async () => expect(await expiryOf(url)).to.equal(undefined));
        const answer = ask(url, { prompt: 'a b c', options: { num_predict: 30 } });
        await eventually(async () => expect(await expiryOf(url), 'listed from the beginning of its load on').to.be.a('string'));
        expect(await twice(url), 'in its first use').to.satisfy(([one, other]: string[]) => one !== other);
        await answer;
        await eventually(async () => expect(await twice(url), 'idle').to.satisfy(([one, other]: string[]) => one === other));
      }
    } finally {
      await simulated.close();
    }
  });
});

async function ask(url: string, body: object): Promise<void> {
  await (await fetch(`${url}/api/generate`, { method: 'POST', body: JSON.stringify({ model: 'slow', stream: false, ...body }) })).text();
}

/** Of the model `slow`; undefined where it is not in memory. */
async function expiryOf(url: string): Promise<string | undefined> {
  const { models } = (await (await fetch(`${url}/api/ps`)).json()) as { models: readonly { name: string; expires_at: string }[] };
  return models.find(({ name }) => name === 'slow:latest')?.expires_at;
}

/** What it says at two times. */
async function twice(url: string): Promise<readonly (string | undefined)[]> {
  const first = await expiryOf(url);
  await wait(150);
  return [first, await expiryOf(url)];
}
