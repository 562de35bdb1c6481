import { expect } from 'chai';
import { plainAddress } from '#coordinator/reach/plain-address.js';

describe('plainAddress', () => {
  for (const [given, plain] of [
    ['10.0.0.7', '10.0.0.7'],
    ['::1', '::1'],
    ['::', '::'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::ffff:a9fe:a9fe', '169.254.169.254'],
    ['0:0:0:0:0:ffff:7f00:1', '127.0.0.1'],
    ['::ffff:0:7f00:1', '127.0.0.1'],
    ['64:ff9b::10.1.2.3', '10.1.2.3'],
    ['2002:7f00:1::', '127.0.0.1'],
    ['::127.0.0.1', '127.0.0.1'],
    ['[::ffff:1.2.3.4]', '1.2.3.4'],
    ['desk.example', 'desk.example'],
  ] as const) {
    it(`takes ${given} for ${plain}`, () => {
      expect(plainAddress(given)).to.equal(plain);
    });
  }
});
