import { access, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AgentConfig } from '@ollama-coordinator/common';
import { hostOf, isThisMachine, portOf } from '../http/local-address.js';
import { type Environment, readOllamaEnvironment } from '../ollama/read-ollama-environment.js';

/** Where Ollama's installers for Linux put it, for an Ollama that runs as a user of its own. */
const SERVICE_FOLDER = '/usr/share/ollama/.ollama/models';

export interface LocateModelsOptions {
  readonly config: Pick<AgentConfig, 'ollamaUrl' | 'modelsDir'>;
  readonly ownEnvironment: Environment;
  /** Of the Ollama at that port of this machine. Default: read from its process. */
  readonly readEnvironment?: (port: number) => Promise<Environment | undefined>;
  readonly home?: string;
}

export interface LocatedModels {
  readonly folder: string;
  /** Somebody said outright that it is this one, rather than that it is usually there. */
  readonly isNamed: boolean;
}

/**
 * The folder in which this Ollama keeps models, or undefined where it is on another machine or not to be found: the one that
 * the setting names, that Ollama's own environment names, this program's, or a default one that exists.
 */
export async function locateModels(options: LocateModelsOptions): Promise<LocatedModels | undefined> {
  const { config, ownEnvironment, readEnvironment = readOllamaEnvironment, home = homedir() } = options;
  if (config.modelsDir !== undefined) return { folder: config.modelsDir, isNamed: true };
  if (!isThisMachine(hostOf(config.ollamaUrl))) return undefined;
  const environment = await readEnvironment(portOf(config.ollamaUrl));
  if (environment?.OLLAMA_MODELS) return { folder: environment.OLLAMA_MODELS, isNamed: true };
  if (environment?.HOME) return { folder: join(environment.HOME, '.ollama', 'models'), isNamed: false };
  if (ownEnvironment.OLLAMA_MODELS) return { folder: ownEnvironment.OLLAMA_MODELS, isNamed: false };
  for (const folder of [join(home, '.ollama', 'models'), SERVICE_FOLDER]) {
    if (await exists(join(folder, 'manifests'))) return { folder, isNamed: false };
  }
  return undefined;
}

/** Bytes that may still be written where the folder is, or will be; undefined where that cannot be told. */
export async function diskFreeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(folder);
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== folder ? diskFreeBytes(parent) : undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
