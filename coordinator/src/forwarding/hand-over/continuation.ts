import type { ServerResponse } from 'node:http';
import { type Clock, createSplitLines } from '@ollama-coordinator/common';
import type { AnswerRelay } from '../answer-relay.js';
import type { FinalFigures } from '../stream-end.js';
import { addText, type Emitted, type Identity } from './emitted.js';
import { type ContinuationFigures, readContinuation } from './read-continuation.js';
import type { StreamShape } from './stream-shape.js';
import { createRecordWriter } from './write-record.js';

export interface ContinuationOptions {
  readonly res: ServerResponse;
  readonly shape: StreamShape;
  readonly emitted: Emitted;
  /** Used where the client has seen no record yet that says it. */
  readonly identity: Identity;
  readonly includeUsage: boolean;
  /** Monotonic time at which the request came. */
  readonly startedMs: number;
  /** How long the agents before sent tokens. */
  readonly streamedMs: number;
  readonly clock: Clock;
}

/** The rest of a stream, written in the stream's own shape whoever it comes from. */
export interface Continuation {
  readonly emitted: Emitted;
  /** Known once the stream has ended. */
  readonly figures: FinalFigures | undefined;
  /** Where a raw answer of one more agent goes. */
  relay(): AnswerRelay;
  /** Ends a stream that lacks its end only: every token that was allowed has come. */
  endAtLimit(): void;
}

/** What the parts before the last one came to. */
interface Before {
  readonly tokens: number;
  readonly streamedMs: number;
}

export function createContinuation(options: ContinuationOptions): Continuation {
  const { res, shape, clock } = options;
  const write = createRecordWriter(shape, options.emitted.identity ?? options.identity, options.includeUsage);
  let { emitted, streamedMs } = options;
  let isFirst = emitted.identity === undefined;
  let figures: FinalFigures | undefined;

  function textRecord(text: string, createdAt: string): string {
    if (text === '') return '';
    const record = write.text(text, createdAt, isFirst);
    emitted = addText(emitted, text);
    isFirst = false;
    return record;
  }

  /** Tokens that came before stood in the prompt of the last part, and are not of the client's prompt. */
  function endRecord(part: ContinuationFigures, before: Before, createdAt: string): string {
    const tokensBefore = before.tokens;
    const promptTokens = part.promptTokens > 0 ? Math.max(1, part.promptTokens - tokensBefore) : undefined;
    const outputTokens = tokensBefore + part.outputTokens;
    const { doneReason, loadNs, promptNs } = part;
    const outputNs = Math.round(before.streamedMs * 1e6) + part.outputNs;
    const totalNs = Math.round((clock.monotonic() - options.startedMs) * 1e6);
    figures = { loadMs: loadNs / 1e6, outputTokens, ...(promptTokens === undefined ? {} : { promptTokens }) };
    return write.end({ doneReason, promptTokens, outputTokens, totalNs, loadNs, promptNs, outputNs }, createdAt);
  }

  return {
    get emitted() {
      return emitted;
    },
    get figures() {
      return figures;
    },
    endAtLimit() {
      const part = { doneReason: 'length', loadNs: 0, promptTokens: 0, promptNs: 0, outputTokens: 0, outputNs: 0 };
      res.write(endRecord(part, { tokens: emitted.tokens, streamedMs }, new Date(clock.now()).toISOString()));
    },
    relay() {
      const splitLines = createSplitLines();
      const before = { tokens: emitted.tokens, streamedMs };
      let begunMs = 0;
      let isUsable = false;

      function translate(line: string): string {
        const record = isUsable && figures === undefined ? readContinuation(line) : ({ kind: 'unusable' } as const);
        if (record.kind === 'unusable') {
          isUsable = false;
          return '';
        }
        const text = textRecord(record.text, record.createdAt);
        return record.kind === 'end' ? text + endRecord(record.figures, before, record.createdAt) : text;
      }

      return {
        begin: ({ status }) => {
          begunMs = clock.monotonic();
          isUsable = status === 200;
        },
        write(chunk) {
          const records = splitLines(chunk).map(translate).join('');
          streamedMs = before.streamedMs + clock.monotonic() - begunMs;
          return records === '' || res.write(records);
        },
        end: () => {},
        tail: () => '',
      };
    },
  };
}
