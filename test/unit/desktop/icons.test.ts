import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { importScript, REPOSITORY } from '../../support/repository.js';

const { drawIcons, STATES } = await importScript<{ drawIcons(): Promise<Map<string, Buffer>>; STATES: readonly string[] }>(
  'icons/draw-icons.mjs',
);
const ICONS = join(REPOSITORY, 'agent', 'desktop', 'icons');
const widthOf = (png: Buffer) => png.readUInt32BE(16);

describe('the icons', () => {
  let drawn: Map<string, Buffer>;
  before(async () => {
    drawn = await drawIcons();
  });

  it('are what the SVGs give: "npm run icons" was run after the last change', () => {
    for (const [path, bytes] of drawn) expect(readFileSync(join(ICONS, path)).equals(bytes), path).to.equal(true);
  });

  it('are there for each state and theme, and in the sizes that systems ask for', () => {
    for (const theme of ['light', 'dark']) {
      for (const size of [32, 128]) expect(widthOf(drawn.get(`icon-${theme}-${size}.png`)!)).to.equal(size);
      for (const state of STATES) {
        expect(widthOf(drawn.get(`tray/${state}-${theme}.png`)!)).to.equal(32);
        expect(widthOf(drawn.get(`tray/${state}-${theme}@2x.png`)!)).to.equal(64);
      }
    }
  });

  it('are no two alike', () => {
    const texts = [...drawn.values()].map((bytes) => bytes.toString('base64'));
    expect(new Set(texts).size).to.equal(texts.length);
  });

  it('have an ICO and an ICNS with a PNG of each size', () => {
    const ico = drawn.get('icon.ico')!;
    const pngAt = (index: number) => ico.subarray(ico.readUInt32LE(6 + 16 * index + 12));
    const sizes = Array.from({ length: ico.readUInt16LE(4) }, (_, index) => widthOf(pngAt(index)));
    expect(sizes).to.deep.equal([16, 32, 48, 64, 128, 256]);
    const icns = drawn.get('icon.icns')!;
    expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4)]).to.deep.equal(['icns', icns.length]);
    expect(icns.includes('ic10')).to.equal(true);
  });
});
