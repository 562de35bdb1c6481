import { expect } from 'chai';
import { maxRunnerBytes } from '#agent/ollama/usable-vram.js';

const MIB = 1024 * 1024;
const card = (totalMib: number) => ({ name: 'card', vram_bytes: totalMib * MIB, vram_used_bytes: 0 });

describe('maxRunnerBytes', () => {
  it('is what the cards have together, less what Ollama leaves free on each', () => {
    expect(maxRunnerBytes('auto', [card(24_576), card(8192)])).to.equal((24_576 + 8192 - 2 * 512) * MIB);
  });

  it('is not known where no card says what it uses: that may be a chip which Ollama leaves alone', () => {
    expect(maxRunnerBytes('auto', [])).to.equal(undefined);
    expect(maxRunnerBytes('auto', [{ name: 'inside the processor', vram_bytes: 1024 * MIB }])).to.equal(undefined);
  });

  it('is what was configured, and nothing where that is 0', () => {
    expect(maxRunnerBytes(6e9, [card(24_576)])).to.equal(6e9);
    expect(maxRunnerBytes(0, [card(24_576)])).to.equal(undefined);
  });
});
