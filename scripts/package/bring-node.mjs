import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { extract } from 'tar';
import { ROOT } from '../prepare/root.mjs';
import { PrepareError, runQuietly } from '../prepare/run-quietly.mjs';
import { NODE_VERSION, PLATFORMS } from './platforms.mjs';

/**
 * The path of Node's program for a platform. It is brought once, as an npm package, whose integrity npm checks; installing that package would
 * put its Node in the place of this one.
 */
export async function bringNode(platform) {
  const { nodePackage, node } = PLATFORMS[platform] ?? {};
  if (nodePackage === undefined)
    throw new PrepareError(`There is no Node for "${platform}"; there is one for ${Object.keys(PLATFORMS).join(', ')}.`);
  const folder = join(ROOT, '.data', 'node', `${platform}-${NODE_VERSION}`);
  const program = join(folder, 'package', node);
  if (existsSync(program)) return program;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    const packed = await runQuietly('npm', ['pack', `${nodePackage}@${NODE_VERSION}`, '--silent', '--pack-destination', draft], {
      shell: process.platform === 'win32',
    });
    if (!packed.ok) throw new PrepareError(`Node ${NODE_VERSION} for ${platform} could not be brought:\n${packed.output}`);
    const archive = join(draft, packed.output.split('\n').at(-1));
    await extract({ file: archive, cwd: draft, strict: true });
    rmSync(archive);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another run may have been quicker.
    if (!existsSync(program)) throw error;
  }
  return program;
}
