import type { ModelSpec } from '#simulator/ollama/model.js';

/** What Ollama's last records say of one model; milliseconds, and tokens per second of each of the streams. */
export interface OllamaFigures {
  /** The first request after the model was unloaded, and the one after it. */
  readonly loadMs: number;
  readonly loadedMs: number;
  /** A prompt, one twice as long, and that one again with a character more. */
  readonly prefillMs: number;
  readonly longPrefillMs: number;
  readonly cachedPrefillMs: number;
  readonly promptTokens: number;
  readonly longPromptTokens: number;
  readonly decodePerS: number;
  readonly decodePerSOfTwo: number;
  readonly decodePerSOfFour: number;
}

export interface MeasureOptions {
  readonly url: string;
  readonly model: string;
  /** Characters of the shorter prompt, and tokens of an answer. */
  readonly promptChars: number;
  readonly answerTokens: number;
  /** Each figure is the best of so many rounds: what other programs of the machine take shows less. */
  readonly rounds: number;
}

interface LastRecord {
  readonly load_duration: number;
  readonly prompt_eval_count: number;
  readonly prompt_eval_duration: number;
  readonly eval_count: number;
  readonly eval_duration: number;
}

const NANOSECONDS = 1e6;

export async function measureOllama(options: MeasureOptions): Promise<OllamaFigures> {
  const rounds: OllamaFigures[] = [];
  for (let round = 0; round < options.rounds; round += 1) rounds.push(await measureOnce(options, `${round}${process.pid}`));
  const best = (name: keyof OllamaFigures) => (name.includes('PerS') ? Math.max : Math.min)(...rounds.map((figures) => figures[name]));
  const names = Object.keys(rounds[0] ?? {}) as (keyof OllamaFigures)[];
  return Object.fromEntries(names.map((name) => [name, best(name)])) as unknown as OllamaFigures;
}

/** A model of the simulated Ollama with these figures; what they do not tell it has by its rules. */
export function fitModel(name: string, figures: OllamaFigures, over: Partial<ModelSpec> = {}): ModelSpec {
  return {
    name,
    loadMs: figures.loadMs,
    prefillTokensPerS: (figures.longPromptTokens / figures.longPrefillMs) * 1000,
    decodeTokensPerS: figures.decodePerS,
    decodeSlowdown: Math.max(0, (figures.decodePerS / figures.decodePerSOfFour - 1) / 3),
    charsPerToken: 1,
    outputTokens: 10_000,
    ...over,
  };
}

async function measureOnce({ url, model, promptChars, answerTokens }: MeasureOptions, mark: string): Promise<OllamaFigures> {
  await fetch(`${url}/api/generate`, { method: 'POST', body: JSON.stringify({ model, keep_alive: 0 }) });
  const ask = (prompt: string, tokens: number) => generate(url, model, prompt, tokens);
  // Another beginning each time, so that no slot has it cached.
  const text = (beginning: string, chars: number) => `${beginning}${mark} ${'long ago '.repeat(chars)}`.slice(0, chars);
  const first = await ask('x', 1);
  const second = await ask('y', 1);
  const short = await ask(text('a', promptChars), 1);
  const long = await ask(text('b', 2 * promptChars), 1);
  const cached = await ask(`${text('b', 2 * promptChars)}z`, 1);
  const perS = async (streams: number) => {
    const answers = await Promise.all(Array.from({ length: streams }, (_, index) => ask(`go ${index}`, answerTokens)));
    return answers.reduce((sum, one) => sum + (one.eval_count / one.eval_duration) * 1e9, 0) / streams;
  };
  return {
    loadMs: first.load_duration / NANOSECONDS,
    loadedMs: second.load_duration / NANOSECONDS,
    prefillMs: short.prompt_eval_duration / NANOSECONDS,
    longPrefillMs: long.prompt_eval_duration / NANOSECONDS,
    cachedPrefillMs: cached.prompt_eval_duration / NANOSECONDS,
    promptTokens: short.prompt_eval_count,
    longPromptTokens: long.prompt_eval_count,
    decodePerS: await perS(1),
    decodePerSOfTwo: await perS(2),
    decodePerSOfFour: await perS(4),
  };
}

async function generate(url: string, model: string, prompt: string, tokens: number): Promise<LastRecord> {
  // Raw: of a prompt in its template, the template's beginning is what a slot has already, and of a short prompt that is much.
  const body = JSON.stringify({ model, prompt, raw: true, stream: false, options: { num_predict: tokens } });
  const response = await fetch(`${url}/api/generate`, { method: 'POST', body });
  return (await response.json()) as LastRecord;
}
