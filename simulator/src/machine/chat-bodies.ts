import type { Arrival } from '../input/assign-models.js';
import { seededBy } from './seeded-by.js';

interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

interface Session {
  tokens: number;
  messages: readonly Message[];
}

/** English text has about four bytes a token; what one caller sends differs from what another does by so much. */
const BYTES_PER_TOKEN = { least: 3.6, most: 4.6 };

/**
 * Bodies of `POST /api/chat` for arrivals, to be asked for in order. A request of a session repeats the session's messages
 * and answers so far, and adds what its input is longer than they; where it is shorter, the session begins anew.
 */
export function createChatBodies(seed: number): (arrival: Arrival) => object {
  const sessions = new Map<string, Session>();
  const bytesPerToken = new Map<string, number>();

  function textOf(arrival: Arrival, tokens: number, beginning: string): string {
    const { caller } = arrival;
    const { least, most } = BYTES_PER_TOKEN;
    const bytes = bytesPerToken.get(caller) ?? least + (most - least) * seededBy(seed, 'bytes', caller)();
    bytesPerToken.set(caller, bytes);
    const length = Math.max(1, Math.round(tokens * bytes));
    return `${beginning} and so on, `.repeat(Math.ceil(length / (beginning.length + 12))).slice(0, length);
  }

  function messagesOf(arrival: Arrival): readonly Message[] {
    const { session, inputTokens, outputTokens, id } = arrival;
    if (session === undefined) return [{ role: 'user', content: textOf(arrival, inputTokens, id) }];
    const known = sessions.get(session) ?? { tokens: 0, messages: [] };
    const isLonger = inputTokens > known.tokens;
    const before = isLonger ? known : { tokens: 0, messages: [] };
    const question = { role: 'user', content: textOf(arrival, inputTokens - before.tokens, `${session} ${before.tokens}`) } as const;
    const messages = [...before.messages, question];
    const answer = { role: 'assistant', content: textOf(arrival, outputTokens, `answer to ${session} ${inputTokens}`) } as const;
    sessions.set(session, { tokens: inputTokens + outputTokens, messages: [...messages, answer] });
    return messages;
  }

  return (arrival) => ({
    model: arrival.model,
    ...(arrival.numCtx === undefined ? {} : { options: { num_ctx: arrival.numCtx } }),
    messages: messagesOf(arrival),
  });
}
