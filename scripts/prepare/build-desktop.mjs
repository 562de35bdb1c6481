import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildWithVite } from './build-with-vite.mjs';
import { ROOT } from './root.mjs';

const DESKTOP = join(ROOT, 'agent', 'desktop');
const DIST = join(DESKTOP, 'dist');

/** Builds the desktop agent's settings page and preload script when what they are made of differs from the last build's. */
export async function buildDesktop() {
  const folder = join(DESKTOP, 'page');
  if (!existsSync(join(folder, 'vite.config.ts'))) return;
  await buildWithVite({
    what: 'The settings page',
    folder,
    configs: ['vite.config.ts', 'preload.vite.config.ts'],
    sources: [
      folder,
      join(DESKTOP, 'src'),
      join(ROOT, 'common', 'src', 'format-bytes.ts'),
      join(ROOT, 'coordinator', 'dashboard', 'src', 'styles'),
    ],
    output: join(DIST, 'page'),
    made: join(DIST, 'page', 'index.html'),
    stamp: join(DIST, 'page.sha256'),
  });
  cpSync(join(DESKTOP, 'icons'), join(DIST, 'icons'), { recursive: true });
}
