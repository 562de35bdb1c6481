import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../support/repository.js';
import { readPromises } from './chart-promises.js';
import { CHART } from './helm.js';

/** Usage, when a version of the chart is released: keep-promises.js [CHART]. Writes what an upgrade from it is held to. */
const promises = await readPromises(process.argv[2] ?? CHART);
const file = join(REPOSITORY, 'test', 'fixtures', 'charts', `${promises.version}.json`);
writeFileSync(file, `${JSON.stringify(promises, null, 2)}\n`);
console.log(file);
