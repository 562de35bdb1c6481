import type { Identity } from './emitted.js';
import type { StreamShape } from './stream-shape.js';

/** Figures of a whole stream, as its last record tells them. Durations are nanoseconds. */
export interface StreamFigures {
  readonly doneReason: string;
  /** Undefined where no Ollama told it. */
  readonly promptTokens: number | undefined;
  readonly outputTokens: number;
  readonly totalNs: number;
  readonly loadNs: number;
  readonly promptNs: number;
  readonly outputNs: number;
}

export interface RecordWriter {
  /** A piece of text. `isFirst`: the client has not seen any record yet. */
  text(text: string, createdAt: string, isFirst: boolean): string;
  /** Everything that ends the stream. */
  end(figures: StreamFigures, createdAt: string): string;
}

/** Writes records as Ollama writes them for this shape. Pure. */
export function createRecordWriter(shape: StreamShape, identity: Identity, includeUsage: boolean): RecordWriter {
  return shape === 'openai' ? openAiWriter(identity, includeUsage) : ollamaWriter(shape, identity);
}

function ollamaWriter(shape: 'chat' | 'generate', { model }: Identity): RecordWriter {
  const record = (text: string, createdAt: string, rest: object) => {
    const said = shape === 'chat' ? { message: { role: 'assistant', content: text } } : { response: text };
    return `${JSON.stringify({ model, created_at: createdAt, ...said, ...rest })}\n`;
  };
  return {
    text: (text, createdAt) => record(text, createdAt, { done: false }),
    // Without the `context` of generate: its tokens are those of prompt and answer, which nobody has as numbers.
    end: (figures, createdAt) =>
      record('', createdAt, {
        done: true,
        done_reason: figures.doneReason,
        total_duration: figures.totalNs,
        load_duration: figures.loadNs,
        prompt_eval_count: figures.promptTokens,
        prompt_eval_duration: figures.promptNs,
        eval_count: figures.outputTokens,
        eval_duration: figures.outputNs,
      }),
  };
}

function openAiWriter({ id, created, model, fingerprint = 'fp_ollama' }: Identity, includeUsage: boolean): RecordWriter {
  const chunk = (choices: readonly object[], rest: object = {}) => {
    const shared = { id, object: 'chat.completion.chunk', created, model, system_fingerprint: fingerprint };
    return `data: ${JSON.stringify({ ...shared, choices, ...rest })}\n\n`;
  };
  return {
    text: (content, _createdAt, isFirst) =>
      chunk([{ index: 0, delta: isFirst ? { role: 'assistant', content } : { content }, finish_reason: null }]),
    end({ doneReason, promptTokens = 0, outputTokens }) {
      const usage = { prompt_tokens: promptTokens, completion_tokens: outputTokens, total_tokens: promptTokens + outputTokens };
      const last = chunk([{ index: 0, delta: {}, finish_reason: doneReason }]);
      return `${last}${includeUsage ? chunk([], { usage }) : ''}data: [DONE]\n\n`;
    },
  };
}
