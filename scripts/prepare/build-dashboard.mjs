import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildWithVite } from './build-with-vite.mjs';
import { ROOT } from './root.mjs';

const SOURCES = join(ROOT, 'coordinator', 'dashboard');
const DIST = join(ROOT, 'coordinator', 'dist');

/** Builds the dashboard's page when its sources, or the packages that it is made with, differ from the last build's. */
export async function buildDashboard() {
  if (!existsSync(join(SOURCES, 'vite.config.ts'))) return;
  const output = join(DIST, 'dashboard-page');
  await buildWithVite({
    what: 'The dashboard',
    folder: SOURCES,
    configs: ['vite.config.ts'],
    // The page shares the state it shows with the server side.
    sources: [SOURCES, join(ROOT, 'coordinator', 'src', 'dashboard')],
    output: join(output, 'assets'),
    made: join(output, 'index.html'),
    stamp: join(DIST, 'dashboard-page.sha256'),
  });
}
