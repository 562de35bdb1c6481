import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareVersions } from '../run/compare-versions.js';

/** Ollama's program in a folder that a release was unpacked into; undefined where there is none. */
export async function programIn(folder: string, platform: string): Promise<string | undefined> {
  const name = platform.startsWith('win32') ? 'ollama.exe' : 'ollama';
  for (const path of [join(folder, 'bin', name), join(folder, name)]) if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  return undefined;
}

/** The program of one version that the agent installed; undefined where that version is not there. */
export function installedProgram(installDir: string, version: string, platform: string): Promise<string | undefined> {
  return programIn(join(installDir, version), platform);
}

/** What the agent installed, the newest first. */
export async function installedPrograms(installDir: string, platform: string): Promise<{ version: string; program: string }[]> {
  const names = await readdir(installDir).catch(() => []);
  const versions = names.filter((name) => /^\d+\.\d+\.\d+/.test(name)).sort((a, b) => compareVersions(b, a));
  const programs = await Promise.all(versions.map((version) => installedProgram(installDir, version, platform)));
  return versions.flatMap((version, index) => {
    const program = programs[index];
    return program === undefined ? [] : [{ version, program }];
  });
}
