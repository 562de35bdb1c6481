import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { installedPrograms } from '../install/installed-program.js';
import { compareVersions } from './compare-versions.js';
import { readOllamaVersion } from './read-ollama-version.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface FindOllamaOptions {
  /** AGENT_OLLAMA_BINARY: only this one is looked at. */
  readonly configured?: string | undefined;
  readonly installDir: string;
  readonly minimumVersion: string;
  readonly env?: Env;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
  readonly readVersion?: (program: string) => Promise<string>;
}

export interface FoundOllama {
  readonly program: string;
  readonly version: string;
}

export interface OllamaSearch {
  readonly found: FoundOllama | undefined;
  /** The newest of those that are there and older than the minimum. */
  readonly tooOld: FoundOllama | undefined;
}

/** What an Ollama says that was built from its sources without a version. */
const OWN_BUILD = '0.0.0';

/** The first Ollama that is new enough: the configured one, those that the agent installed, those on PATH, those in the usual folders. */
export async function findOllama(options: FindOllamaOptions): Promise<OllamaSearch> {
  const { configured, minimumVersion, readVersion = readOllamaVersion } = options;
  const programs = configured === undefined ? await candidates(options) : [configured];
  let tooOld: FoundOllama | undefined;
  for (const program of programs) {
    if (!(await isProgram(program))) continue;
    const version = await readVersion(program).catch(() => undefined);
    if (version === undefined) continue;
    if (version === OWN_BUILD || compareVersions(version, minimumVersion) >= 0) return { found: { program, version }, tooOld };
    if (tooOld === undefined || compareVersions(version, tooOld.version) > 0) tooOld = { program, version };
  }
  return { found: undefined, tooOld };
}

async function candidates({ installDir, env = process.env, platform = process.platform, home = homedir() }: FindOllamaOptions) {
  const { join: joinPath, delimiter } = platform === 'win32' ? win32 : posix;
  const name = platform === 'win32' ? 'ollama.exe' : 'ollama';
  const path = env.PATH ?? env.Path ?? '';
  const onPath = path.split(delimiter).filter((folder) => folder !== '');
  const own = (await installedPrograms(installDir, platform)).map(({ program }) => program);
  const folders = [...onPath, ...usualFolders(platform, env, home)];
  return [...new Set([...own, ...folders.map((folder) => joinPath(folder, name))])];
}

/** Where Ollama's own installers, Homebrew and people put it. */
export function usualFolders(platform: NodeJS.Platform, env: Env, home: string): string[] {
  if (platform === 'win32') {
    const { LOCALAPPDATA: local = win32.join(home, 'AppData', 'Local'), ProgramFiles: programs = 'C:\\Program Files' } = env;
    return [win32.join(local, 'Programs', 'Ollama'), win32.join(programs, 'Ollama')];
  }
  const own = [join(home, '.local', 'bin'), join(home, 'bin')];
  if (platform === 'darwin') return ['/Applications/Ollama.app/Contents/Resources', '/opt/homebrew/bin', '/usr/local/bin', ...own];
  return ['/usr/local/bin', '/usr/bin', '/opt/ollama/bin', '/snap/bin', ...own];
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
