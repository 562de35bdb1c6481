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
    plugins: [knownModule('version', versionText(version)), knownModule('update/release-source', releaseText(process.env))],
  });
  await bundle.write({ file, format: 'cjs', codeSplitting: false });
  await bundle.close();
}

/** Puts a text in the place of a module of the agent. */
function knownModule(name, text) {
  const end = `/agent/core/dist/${name}.js`;
  return { name: `known-${name}`, load: (id) => (id.replaceAll('\\', '/').endsWith(end) ? text : undefined) };
}

/** A single file has no package.json beside it to read its version from. */
function versionText(version) {
  return `export const agentVersion = () => ${JSON.stringify(version)};`;
}

/** Where its updates are, and who signs them: what the release workflow says; nothing in a build of one's own. */
function releaseText({ AGENT_RELEASE_FEED: feedUrl, AGENT_RELEASE_KEY: publicKey }) {
  return `export const RELEASE_SOURCE = ${JSON.stringify({ feedUrl: feedUrl || undefined, publicKey: publicKey || undefined })};`;
}
