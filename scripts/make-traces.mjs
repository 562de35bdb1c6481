import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './prepare/prepare.mjs';
import { ROOT } from './prepare/root.mjs';

/** Writes the synthetic traces that the simulator comes with: `node scripts/make-traces.mjs`. A test holds them to their seed. */
await prepare();
const { makeTrace, SHIPPED_SEED, SYNTHETIC_TRACES } = await import('@ollama-coordinator/simulator');
for (const kind of SYNTHETIC_TRACES) {
  const path = join(ROOT, 'simulator', 'shipped', 'traces', `${kind}.csv`);
  writeFileSync(path, makeTrace(kind, SHIPPED_SEED));
  console.log(path);
}
