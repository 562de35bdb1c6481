import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { ROOT } from '../prepare/root.mjs';
import { packIcns, packIco } from './pack-icons.mjs';

export const ICONS = join(ROOT, 'agent', 'desktop', 'icons');
export const STATES = ['idle', 'serving', 'paused', 'offline', 'error'];
/** What `currentColor` is on a bar of that theme. */
const THEMES = { light: '#1d2530', dark: '#f4f7fb' };
const ICO_SIZES = [16, 32, 48, 64, 128, 256];
const ICNS_SIZES = [16, 32, 64, 128, 256, 512, 1024];

/** Every picture that is made of the SVGs: path below the folder of icons → bytes. The same on every machine. */
export async function drawIcons() {
  const draw = await openRenderer();
  const files = new Map();
  for (const theme of Object.keys(THEMES)) {
    const svg = readFileSync(join(ICONS, `icon-${theme}.svg`), 'utf8');
    for (const size of [32, 128]) files.set(`icon-${theme}-${size}.png`, draw(svg, size));
    for (const state of STATES) {
      const tray = readFileSync(join(ICONS, 'tray', `${state}.svg`), 'utf8').replaceAll('currentColor', THEMES[theme]);
      files.set(join('tray', `${state}-${theme}.png`), draw(tray, 32));
      // Electron takes it on screens with twice the points.
      files.set(join('tray', `${state}-${theme}@2x.png`), draw(tray, 64));
    }
  }
  const svg = readFileSync(join(ICONS, 'icon-light.svg'), 'utf8');
  const sized = (sizes) => new Map(sizes.map((size) => [size, draw(svg, size)]));
  files.set('icon.ico', packIco(sized(ICO_SIZES)));
  files.set('icon.icns', packIcns(sized(ICNS_SIZES)));
  files.set('icon.png', draw(svg, 512));
  return files;
}

/** resvg as WebAssembly: no program of the system, and the same pixels everywhere. */
async function openRenderer() {
  await initWasm(readFileSync(createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm'))).catch((error) => {
    if (!/already/i.test(String(error))) throw error;
  });
  return (svg, size) => {
    const image = new Resvg(svg, { fitTo: { mode: 'width', value: size }, font: { loadSystemFonts: false } }).render();
    return Buffer.from(image.asPng());
  };
}
