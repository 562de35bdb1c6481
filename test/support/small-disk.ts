import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  readonly folder: string;
  remove(): Promise<void>;
}

/** A disk of its own (tmpfs) of so many KiB; undefined where this user may not mount one. */
export async function makeSmallDisk(sizeKib: number): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-small-'));
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeKib}k`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  );
  const remove = async () => {
    if (isMounted) await run('umount', [folder]);
    await rm(folder, { recursive: true, force: true });
  };
  if (isMounted) return { folder, remove };
  await remove();
  return undefined;
}
