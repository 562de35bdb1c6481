import { expect } from 'chai';
import { ollamaIdOf } from '#agent/ollama/ollama-id.js';

const CARD = '3c:22:fb:00:00:01';
const MADE_UP = '02:42:ac:11:00:02';
const desk = { hostname: 'desk', macs: [CARD] };

describe('ollamaIdOf', () => {
  it('is 32 hexadecimal digits that say nothing', () => expect(ollamaIdOf('http://127.0.0.1:11434', desk)).to.match(/^[0-9a-f]{32}$/));

  const same: readonly (readonly [string, string, string])[] = [
    ['names of this machine', ollamaIdOf('http://localhost:11434', desk), ollamaIdOf('http://127.0.0.1:11434', desk)],
    [
      'a container or a tunnel that came',
      ollamaIdOf('http://127.0.0.1:11434', desk),
      ollamaIdOf('http://127.0.0.1:11434', { ...desk, macs: [MADE_UP, CARD] }),
    ],
    [
      'an address elsewhere, from two machines',
      ollamaIdOf('http://nas:11434', desk),
      ollamaIdOf('http://NAS:11434', { hostname: 'x', macs: [] }),
    ],
  ];
  for (const [what, one, other] of same) it(`is the same for ${what}`, () => expect(one).to.equal(other));

  const others: readonly (readonly [string, string])[] = [
    ['another port', ollamaIdOf('http://127.0.0.1:11435', desk)],
    ['a machine of the same name', ollamaIdOf('http://127.0.0.1:11434', { ...desk, macs: ['3c:22:fb:00:00:02'] })],
    ['a container of this machine', ollamaIdOf('http://127.0.0.1:11434', { hostname: '5f1c', macs: [MADE_UP] })],
    ['an Ollama elsewhere', ollamaIdOf('http://nas:11434', desk)],
  ];
  for (const [what, other] of others)
    it(`is another one for ${what}`, () => expect(other).to.not.equal(ollamaIdOf('http://127.0.0.1:11434', desk)));
});
