import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importScript } from '../repository.js';

export interface BuiltInstaller {
  /** Folder with both installers. */
  readonly folder: string;
  /** Path of `ollama-agent.exe`, as it is put into them. */
  readonly program: string;
  readonly msi: string;
  /** Of the next version. */
  readonly newerMsi: string;
  readonly seconds: { readonly program: number; readonly msi: number };
}

let built: Promise<BuiltInstaller> | undefined;

/** The single file and the installers of it, built once for all files of the suite: that takes longer than what they try. */
export function sharedInstaller(): Promise<BuiltInstaller> {
  built ??= build();
  return built;
}

// At the root: after the last file that used it.
after(async () => {
  const done = await built?.catch(() => undefined);
  if (done !== undefined) await rm(done.folder, { recursive: true, force: true });
});

async function build(): Promise<BuiltInstaller> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-msi-'));
  const { makeSingleFile } = await importScript<SingleFileScript>('package/make-single-file.mjs');
  const { makeMsi } = await importScript<MsiScript>('package/make-msi.mjs');
  const startedMs = performance.now();
  const program = await makeSingleFile({ platform: 'win32-x64', folder, version: '0.1.0' });
  const programMs = performance.now();
  const msi = await makeMsi({ folder, version: '0.1.0' });
  const msiMs = performance.now();
  const newerMsi = await makeMsi({ folder, version: '0.1.1', file: 'newer.msi' });
  return { folder, program, msi, newerMsi, seconds: { program: (programMs - startedMs) / 1000, msi: (msiMs - programMs) / 1000 } };
}

interface SingleFileScript {
  makeSingleFile(options: { platform: string; folder: string; version: string }): Promise<string>;
}
interface MsiScript {
  makeMsi(options: { folder: string; version: string; file?: string }): Promise<string>;
}
