import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFeed } from '../package/make-feed.mjs';
import { PLATFORMS } from '../package/platforms.mjs';

/**
 * Usage: AGENT_RELEASE_PRIVATE_KEY=PEM node scripts/release/sign-feed.mjs VERSION FOLDER
 * Writes FOLDER/agent-feed.json for the single files in it, named ollama-agent-PLATFORM. Without a key it writes none, and says so.
 */
const [version, folder] = process.argv.slice(2);
const key = process.env.AGENT_RELEASE_PRIVATE_KEY;
if (!folder) throw new Error('usage: node scripts/release/sign-feed.mjs VERSION FOLDER');
if (!key) console.log('No key to sign with: this release has no list for agents that update themselves.');
else {
  const named = Object.entries(PLATFORMS).map(([platform, { file }]) => [
    platform,
    file.replace('ollama-agent', `ollama-agent-${platform}`),
  ]);
  const files = Object.fromEntries(named.filter(([, file]) => existsSync(join(folder, file))));
  writeFileSync(join(folder, 'agent-feed.json'), makeFeed({ version: version.replace(/^v/, ''), folder, files, key }));
  console.log(`agent-feed.json names ${Object.values(files).join(', ')}`);
}
