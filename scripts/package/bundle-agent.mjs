import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { ROOT } from '../prepare/root.mjs';

/** The version of the agent's package. */
export function agentVersion() {
  return JSON.parse(readFileSync(join(ROOT, 'agent', 'core', 'package.json'), 'utf8')).version;
}

/** Writes the agent and everything that it uses as one CommonJS file: the only form that a single executable runs. */
export async function bundleAgent(file, version = agentVersion()) {
  const bundle = await rolldown({
    input: join(ROOT, 'agent', 'core', 'dist', 'single-file.js'),
    platform: 'node',
    logLevel: 'silent',
    plugins: [knownVersion(version)],
  });
  await bundle.write({ file, format: 'cjs', codeSplitting: false });
  await bundle.close();
}

/** A single file has no package.json beside it to read its version from. */
function knownVersion(version) {
  return {
    name: 'known-version',
    load: (id) =>
      /agent[\\/]core[\\/]dist[\\/]version\.js$/.test(id) ? `export const agentVersion = () => ${JSON.stringify(version)};` : undefined,
  };
}
