import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'postject';
import { PrepareError, runQuietly } from '../prepare/run-quietly.mjs';
import { bringNode } from './bring-node.mjs';
import { bundleAgent } from './bundle-agent.mjs';
import { dropSignature } from './drop-signature.mjs';
import { HERE, PLATFORMS } from './platforms.mjs';

/** Where Node looks whether there is a program in it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Makes the agent's single file for a platform in `folder`; resolves with its path. `version` is what it takes itself for. */
export async function makeSingleFile({ platform, folder, version }) {
  const work = mkdtempSync(join(tmpdir(), 'oc-single-file-'));
  try {
    const node = await bringNode(platform);
    const main = join(work, 'agent.cjs');
    await bundleAgent(main, version);
    const blob = await makeBlob(work, main);
    mkdirSync(folder, { recursive: true });
    const program = join(folder, PLATFORMS[platform].file);
    rmSync(program, { force: true });
    copyFileSync(node, program);
    chmodSync(program, 0o755);
    if (platform.startsWith('win32')) dropSignature(program);
    const macho = platform.startsWith('darwin') ? { machoSegmentName: 'NODE_SEA' } : {};
    await inject(program, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: FUSE, ...macho });
    return program;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** By this machine's build of the very Node that the program runs in: the form of the blob belongs to the version. */
async function makeBlob(work, main) {
  const blob = join(work, 'agent.blob');
  const config = join(work, 'sea.json');
  writeFileSync(
    config,
    JSON.stringify({ main, output: blob, disableExperimentalSEAWarning: true, useCodeCache: false, useSnapshot: false }),
  );
  const made = await runQuietly(await bringNode(HERE), ['--experimental-sea-config', config]);
  if (!made.ok) throw new PrepareError(`The single file could not be made:\n${made.output}`);
  return blob;
}
