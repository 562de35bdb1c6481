import { spawnSync } from 'node:child_process';
import { ROOT } from './prepare/root.mjs';

/**
 * `npm run audit:gate`: fails where a package that runs in production has a known hole of level high or critical. A registry that cannot
 * be asked is said, and fails with `-- --strict` only, as CI and releases run it: who builds offline is not stopped.
 */
const LEVELS = ['high', 'critical'];

const isStrict = process.argv.includes('--strict');
const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: ROOT, encoding: 'utf8' });
const report = parse(stdout);
const counts = report?.metadata?.vulnerabilities;
if (counts === undefined) {
  console.log(`the registry could not be asked for known holes (${report?.message ?? report?.error?.summary ?? 'no answer'})`);
  process.exitCode = isStrict ? 1 : 0;
} else {
  const found = Object.values(report.vulnerabilities).filter(({ severity }) => LEVELS.includes(severity));
  for (const { name, severity, range } of found) console.log(`${severity}: ${name} ${range}`);
  console.log(`${found.length} packages with holes of level ${LEVELS.join(' or ')}, of ${report.metadata.dependencies.prod} in production`);
  process.exitCode = found.length > 0 ? 1 : 0;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
