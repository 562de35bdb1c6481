import { closeSync, openSync } from 'node:fs';

/** Throws a sentence where a file of figures cannot be written, before the work whose figures would be lost. Creates the file. */
export function checkWritable(file: string): void {
  try {
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new Error(`${file} cannot be written (${error instanceof Error ? error.message : String(error)})`, { cause: error });
  }
}
