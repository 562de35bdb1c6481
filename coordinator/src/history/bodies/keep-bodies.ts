import type { Clock, KeptBody, Logger, Request, RequestBodies } from '@ollama-coordinator/common';
import type { RequestContext } from '../../http/request-context.js';
import type { BodyStore } from './body-store.js';
import { readableBody } from './readable-body.js';
import type { Redact, RedactAbout } from './redact.js';
import { watchAnswer } from './watch-answer.js';

export interface KeepBodiesDeps {
  readonly store: Pick<BodyStore, 'put'>;
  readonly redact: Redact;
  /** Of each body. */
  readonly mostBytes: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

/** Keeps what was asked and answered, where that is switched on; where it is not, there is none of these. */
export interface KeepBodies {
  begin(context: RequestContext): BodyKeeper;
}

/** Of one request. */
export interface BodyKeeper {
  asked(body: Buffer): void;
  /** The request is over. Never waits and never throws; what cannot be kept is dropped. */
  settled(request: Pick<Request, 'id' | 'model' | 'caller'>): void;
}

/** What of a body may be kept, and how long it was. */
interface Read {
  readonly value: unknown;
  readonly bytes: number;
}

/** Redactions and writes under way; while Redis or a module is slow, further bodies are dropped. */
const MOST_UNDER_WAY = 100;

export function createKeepBodies({ store, redact, mostBytes, clock, log }: KeepBodiesDeps): KeepBodies {
  let underWay = 0;
  let isFailing = false;

  async function keep(asked: Read, answer: Read, about: Omit<RedactAbout, 'part'>): Promise<void> {
    const request = await redact(asked.value, { ...about, part: 'request' });
    const answered = await redact(answer.value, { ...about, part: 'answer' });
    const bodies: RequestBodies = {
      id: about.id,
      kept_at: new Date(clock.now()).toISOString(),
      request: cut(request.value, asked.bytes, mostBytes),
      answer: cut(answered.value, answer.bytes, mostBytes),
      redactions: request.redactions + answered.redactions,
    };
    await store.put(bodies);
    isFailing = false;
  }

  return {
    begin({ req, res }) {
      const answer = watchAnswer(res, mostBytes);
      let asked: Buffer | undefined;
      return {
        asked: (body) => {
          asked = body;
        },
        settled({ id, model, caller }) {
          if (asked === undefined || underWay >= MOST_UNDER_WAY) return;
          underWay += 1;
          const body = { value: readableBody(asked, req.headers['content-type'] ?? '', mostBytes), bytes: asked.length };
          asked = undefined;
          keep(body, { value: answer.body(), bytes: answer.bytes() }, { id, model, caller })
            .catch((err) => {
              if (!isFailing) log.warn({ err }, 'the bodies of requests cannot be kept; they are dropped');
              isFailing = true;
            })
            .finally(() => {
              underWay -= 1;
            });
        },
      };
    },
  };
}

function cut(value: unknown, bytes: number, most: number): KeptBody {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // UTF-16 units never outnumber the bytes.
  return { text: text.slice(0, most), bytes, truncated: text.length > most };
}
