import { createHash, createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The list of releases that agents read (agent/core/src/update/read-feed.ts), as text: `files` names the program in `folder` per platform; `key` is
 * an Ed25519 private key as PEM. What is signed is the text of `payload`.
 */
export function makeFeed({ version, folder, files, key }) {
  const listed = Object.entries(files).map(([platform, file]) => [platform, { file, sha256: sha256(join(folder, file)) }]);
  const payload = JSON.stringify({ version, files: Object.fromEntries(listed) });
  return JSON.stringify({ payload, signature: sign(null, Buffer.from(payload), createPrivateKey(key)).toString('base64') });
}

function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
