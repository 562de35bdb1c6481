import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFigures } from './figures/write-figures.mjs';
import { ROOT } from './prepare/root.mjs';

/** `npm run docs:figures` brings what docs/benchmarks.md measured into the documents that repeat it. */
for (const [path, text] of writeFigures()) writeFileSync(join(ROOT, path), text);
