import { rename, rm } from 'node:fs/promises';

/**
 * Puts a file in the place of the program, and what was there beside it; a running program may be renamed on every system, and deleted on none of
 * Windows. Resolves with what undoes it.
 */
export async function swapProgram(program: string, next: string): Promise<() => Promise<void>> {
  const previous = `${program}.previous`;
  await rm(previous, { force: true });
  await rename(program, previous);
  try {
    await rename(next, program);
  } catch (error) {
    await rename(previous, program);
    throw error;
  }
  return async () => {
    const broken = `${program}.broken`;
    await rm(broken, { force: true });
    await rename(program, broken);
    await rename(previous, program);
    // Windows keeps it until its last process is gone; the next update takes it away.
    await rm(broken, { force: true }).catch(() => undefined);
  };
}
