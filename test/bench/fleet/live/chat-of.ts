import type { Arrival } from '@ollama-coordinator/simulator';

const MARK = /\[answer in (\d+) tokens\]/g;

/** The body of an arrival. Its last words tell the simulated Ollama, and nobody else, how long the answer is. */
export function chatOf(arrival: Arrival, body: object): string {
  const { messages = [], ...rest } = body as { messages?: readonly { role: string; content: string }[] };
  const mark = { role: 'user', content: `[answer in ${arrival.outputTokens} tokens]` };
  return JSON.stringify({ ...rest, messages: [...messages, mark], stream: true });
}

export function answerLength(prompt: string): number | undefined {
  const last = [...prompt.matchAll(MARK)].at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}
