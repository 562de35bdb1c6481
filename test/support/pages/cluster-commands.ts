import { readFileSync } from 'node:fs';
import { pageSteps } from './page-steps.js';

/** Usage: cluster-commands.js PAGE. Prints the commands of a page that need a Kubernetes cluster, as a script, for .ci/kubernetes. */
const [page = ''] = process.argv.slice(2);
for (const { kind, detail, text } of pageSteps({ path: page, text: readFileSync(page, 'utf8') })) {
  if (kind === 'elsewhere' && detail === 'on a cluster') process.stdout.write(text);
}
