import { formatBytes } from '@ollama-coordinator/common';
import { expect } from 'chai';

describe('formatBytes', () => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [4_683_087_332, '4.7 GB'],
    [274_302_450, '274 MB'],
    [2_000_000_000_000_000, '2000 TB'],
  ] as const) {
    it(`writes ${bytes} as ${text}`, () => {
      expect(formatBytes(bytes)).to.equal(text);
    });
  }
});
