import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SIBLING = /^@ollama-coordinator\//;

/**
 * Writes a version into every place of the repository that holds it, and where packages ask for each other. Returns the one before. The
 * chart has a version of its own beside that of the programs that it installs, which is raised where the chart changes.
 */
export function writeVersion(version, root) {
  if (!/^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/.test(version)) throw new Error(`"${version}" is no version. Give one like 1.2.3 or 1.2.3-rc.1.`);
  const read = (path) => readFileSync(join(root, path), 'utf8');
  const lock = JSON.parse(read('package-lock.json'));
  const before = lock.version;
  const renew = (path) => writeFileSync(join(root, path), withVersion(read(path), before, version));
  // What is ours has a folder outside node_modules; links to it carry no version.
  for (const folder of Object.keys(lock.packages).filter((path) => !/(^|\/)node_modules\//.test(path))) {
    renew(join(folder, 'package.json'));
    lock.packages[folder] = JSON.parse(withVersion(JSON.stringify(lock.packages[folder], null, 2), before, version));
  }
  lock.version = version;
  writeFileSync(join(root, 'package-lock.json'), `${JSON.stringify(lock, null, 2)}\n`);
  renew('lerna.json');
  const chart = join('helm', 'ollama-coordinator', 'Chart.yaml');
  writeFileSync(join(root, chart), read(chart).replace(/^appVersion: .*$/m, `appVersion: ${version}`));
  return before;
}

/** Text is changed rather than made from what was read, so that its layout stays. */
function withVersion(text, before, version) {
  return text.replaceAll(/"([^"]+)": "([^"]+)"/g, (pair, name, value) =>
    value === before && (name === 'version' || SIBLING.test(name)) ? `"${name}": "${version}"` : pair,
  );
}
