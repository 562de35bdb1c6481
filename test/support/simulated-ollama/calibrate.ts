import { type RealModel, startRealOllama } from '../real-ollama/start-real-ollama.js';
import { PROFILES } from './profiles.js';
import { startSimulatedOllama } from './start-simulated-ollama.js';

/** Figures of one model: milliseconds, and tokens per second of one stream. */
type Figures = Readonly<Record<string, number>>;

interface LastRecord {
  readonly load_duration: number;
  readonly prompt_eval_count: number;
  readonly prompt_eval_duration: number;
  readonly eval_count: number;
  readonly eval_duration: number;
}

/** Each figure is the best of so many rounds: what other programs of the machine take shows less. */
const ROUNDS = 3;

/** 150 characters, another beginning each time, so that no slot has it cached. */
const longPrompt = (mark: string) => `${mark} ${'long ago '.repeat(16)}`;

/** Measures the real Ollama and the simulated one in the same way, and prints both: `node test/dist/support/simulated-ollama/calibrate.js`. */
async function main(): Promise<void> {
  const models = ['tiny', 'slow'] as const satisfies readonly RealModel[];
  const real = await startRealOllama({ models, numParallel: 4 });
  const simulated = await startSimulatedOllama({ models: models.map((name) => PROFILES[name]), numParallel: 4 });
  try {
    for (const model of models) {
      const [measured, played] = [await measure(real.url, model), await measure(simulated.url, model)];
      console.log(`\n${model.padEnd(34)} ${'real'.padStart(10)} ${'simulated'.padStart(10)}`);
      for (const [name, value] of Object.entries(measured)) {
        console.log(`${name.padEnd(34)} ${value.toFixed(1).padStart(10)} ${(played[name] ?? Number.NaN).toFixed(1).padStart(10)}`);
      }
    }
  } finally {
    await real.close();
    await simulated.close();
  }
}

async function measure(url: string, model: string): Promise<Figures> {
  const rounds: Figures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measureOnce(url, model, `${round}${process.pid}`));
  const names = Object.keys(rounds[0] ?? {});
  const best = (name: string) => (name.includes('tokens/s') ? Math.max : Math.min)(...rounds.map((figures) => figures[name] ?? 0));
  return Object.fromEntries(names.map((name) => [name, best(name)]));
}

async function measureOnce(url: string, model: string, mark: string): Promise<Figures> {
  await fetch(`${url}/api/generate`, { method: 'POST', body: JSON.stringify({ model, keep_alive: 0 }) });
  const load = await generate(url, model, 'x', 1);
  const prompt = longPrompt(mark);
  const prefill = await generate(url, model, prompt, 1);
  const cached = await generate(url, model, `${prompt}a`, 1);
  const tokens = model === 'tiny' ? 100 : 40;
  const decode: [string, number][] = [];
  for (const streams of [1, 2, 4]) {
    const answers = await Promise.all(Array.from({ length: streams }, (_, index) => generate(url, model, `go ${index}`, tokens)));
    decode.push([`decode tokens/s, ${streams} at once`, mean(answers.map((one) => (one.eval_count / one.eval_duration) * 1e9))]);
  }
  return {
    'load ms': load.load_duration / 1e6,
    'prefill tokens/s': (prefill.prompt_eval_count / prefill.prompt_eval_duration) * 1e9,
    'prefill ms': prefill.prompt_eval_duration / 1e6,
    'prefill ms, prefix cached': cached.prompt_eval_duration / 1e6,
    ...Object.fromEntries(decode),
    'slots free after cancel, ms': await measureCancel(url, model),
  };
}

async function generate(url: string, model: string, prompt: string, tokens: number): Promise<LastRecord> {
  const body = JSON.stringify({ model, prompt, stream: false, options: { num_predict: tokens } });
  const response = await fetch(`${url}/api/generate`, { method: 'POST', body });
  return (await response.json()) as LastRecord;
}

/** How long a request waits when four streams that take every slot are left at the same moment. */
async function measureCancel(url: string, model: string): Promise<number> {
  const streams = await Promise.all(
    [0, 1, 2, 3].map(async () => {
      const leaving = new AbortController();
      const response = await fetch(`${url}/api/generate`, {
        method: 'POST',
        signal: leaving.signal,
        body: JSON.stringify({ model, prompt: 'go' }),
      });
      await response.body?.getReader().read();
      return leaving;
    }),
  );
  const startedAt = performance.now();
  for (const leaving of streams) leaving.abort();
  await generate(url, model, 'x', 1);
  return performance.now() - startedAt;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
