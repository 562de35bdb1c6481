import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CHART, describeChart } from './chart/describe-chart.mjs';
import { describeApi } from './config-docs/describe-api.mjs';
import { describeConfig } from './config-docs/describe-config.mjs';
import { prepare } from './prepare/prepare.mjs';
import { ROOT } from './prepare/root.mjs';

/** Everything in the documents and in the chart that is made from the settings' own metadata, the contract and the table of errors. */
await prepare();
const { schema, readme } = await describeChart();
write(join(ROOT, 'docs', 'configuration.md'), await describeConfig());
write(join(ROOT, 'docs', 'api.md'), await describeApi());
write(join(CHART, 'values.schema.json'), schema);
write(join(CHART, 'README.md'), readme);

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
