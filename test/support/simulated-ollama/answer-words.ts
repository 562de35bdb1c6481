/** What every model answers, one word a token. The place of a lost or doubled token shows: a word seen again carries its round. */
const WORDS = `the sky was wide and pale over a harbour where seven boats waited for morning while gulls argued about bread on
warm stones near an old lamp that nobody had lit since winter when snow covered each roof then children came down from
hill farms with baskets of pears plums honey cheese to sell at market between two bridges under slow bells until dusk
turned every window copper green violet grey so travellers paused drank tea told long stories beyond deserts islands forests
trains rivers engines kites maps clocks music 🌊 ⛵ 🍐`.split(/\s+/);

const ASSISTANT_TURN = '<|im_start|>assistant\n';
const TURN_END = '<|im_end|>\n';

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** The prompt that a chat becomes. A closed last assistant turn stays closed, as real templates leave it. */
export function renderChat(messages: readonly ChatMessage[]): string {
  return messages.map(({ role, content }) => `<|im_start|>${role}\n${content}${TURN_END}`).join('') + ASSISTANT_TURN;
}

/** The text of token `index` of the answer to a rendered prompt. */
export type Answer = (index: number) => string;

/**
 * ` echo-<last character of the prompt>` where that is a small letter or a digit, then the word list. A prompt that has
 * already part of the answer after the assistant's turn opened is continued from there.
 */
export function answerTo(prompt: string): Answer {
  const turn = prompt.lastIndexOf(ASSISTANT_TURN);
  const begun = turn < 0 ? '' : prompt.slice(turn + ASSISTANT_TURN.length);
  const position = begun === '' ? undefined : nextPosition(begun);
  if (position !== undefined) return (index) => wordAt(position + index);
  const asked = begun !== '' || turn < 0 ? prompt : prompt.slice(0, turn);
  const asking = asked.endsWith(TURN_END) ? asked.slice(0, -TURN_END.length) : asked;
  const last = asking.slice(-1);
  if (!/[a-z0-9]/.test(last)) return wordAt;
  return (index) => (index === 0 ? ` echo-${last}` : wordAt(index - 1));
}

/** Tokens of the answer that stand in the prompt already, where it goes on behind a part of it. */
export function tokensSaid(prompt: string): number {
  const turn = prompt.lastIndexOf(ASSISTANT_TURN);
  const begun = turn < 0 ? '' : prompt.slice(turn + ASSISTANT_TURN.length);
  return nextPosition(begun) === undefined ? 0 : begun.split(' ').length - 1;
}

function wordAt(position: number): string {
  const round = Math.floor(position / WORDS.length);
  return ` ${WORDS[position % WORDS.length] ?? ''}${round === 0 ? '' : `-${round + 1}`}`;
}

/** Where the list goes on after a text that ends in one of its words; undefined where it ends in something else. */
function nextPosition(begun: string): number | undefined {
  const piece = begun.slice(begun.lastIndexOf(' ') + 1);
  if (/^echo-[a-z0-9]$/.test(piece)) return 0;
  const [, word = piece, round = '1'] = /^(.*?)-(\d+)$/.exec(piece) ?? [];
  const found = positions().get(word);
  return found === undefined ? undefined : found + 1 + (Number(round) - 1) * WORDS.length;
}

let positionOfWord: Map<string, number> | undefined;

function positions(): Map<string, number> {
  positionOfWord ??= new Map(WORDS.map((word, index) => [word, index]));
  return positionOfWord;
}
