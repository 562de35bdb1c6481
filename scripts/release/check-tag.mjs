import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../prepare/root.mjs';

/** Usage: node scripts/release/check-tag.mjs TAG. Fails unless the tag names the version that the programs have. */
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
if (process.argv[2] !== `v${version}`) {
  console.error(`The tag is ${process.argv[2]}, but the programs are ${version}. Tag a commit that npm run release:version was used on.`);
  process.exitCode = 1;
}
