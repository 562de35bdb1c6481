import { expect } from 'chai';
import { isUsedByOthers } from '#agent/owner/gpu-use.js';
import { parseNvidiaSmi } from '#agent/owner/machine-signals.js';

const GIB = 1024 ** 3;
const card = (load: number | undefined, usedGib = 1) => ({ load, totalBytes: 24 * GIB, usedBytes: usedGib * GIB });

describe('isUsedByOthers', () => {
  const cases = [
    { what: 'a desktop at rest', cards: [card(0.05)], own: { requests: 0, vramBytes: 0 }, used: false },
    { what: 'a game', cards: [card(0.97, 9)], own: { requests: 0, vramBytes: 0 }, used: true },
    { what: 'a load that may be Ollama’s', cards: [card(0.97, 9)], own: { requests: 1, vramBytes: 8 * GIB }, used: false },
    { what: 'a game beside Ollama', cards: [card(0.97, 18)], own: { requests: 1, vramBytes: 8 * GIB }, used: true },
    { what: 'a second card that is busy', cards: [card(0), card(0.6)], own: { requests: 0, vramBytes: 0 }, used: true },
    { what: 'no card that tells', cards: [], own: { requests: 0, vramBytes: 0 }, used: false },
    {
      what: 'a driver that says nothing',
      cards: [{ load: undefined, totalBytes: undefined, usedBytes: undefined }],
      own: { requests: 0, vramBytes: 0 },
      used: false,
    },
  ];
  for (const { what, cards, own, used } of cases)
    it(`${used ? 'sees' : 'sees nobody in'} ${what}`, () => expect(isUsedByOthers(cards, own)).to.equal(used));
});

describe('parseNvidiaSmi', () => {
  it('reads a line per card, and passes over what a card does not tell', () => {
    expect(parseNvidiaSmi('35, 24564, 8192\n[N/A], 1024, 12\n')).to.deep.equal([
      { load: 0.35, totalBytes: 24564 * 1024 ** 2, usedBytes: 8 * GIB },
      { load: undefined, totalBytes: GIB, usedBytes: 12 * 1024 ** 2 },
    ]);
    expect(parseNvidiaSmi('')).to.deep.equal([]);
  });
});
