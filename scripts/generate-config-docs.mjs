import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeConfig } from './config-docs/describe-config.mjs';
import { prepare } from './prepare/prepare.mjs';
import { ROOT } from './prepare/root.mjs';

await prepare();
const path = join(ROOT, 'docs', 'configuration.md');
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, await describeConfig());
