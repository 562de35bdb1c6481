import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentConfig } from '@ollama-coordinator/common';
import { z } from 'zod';
import { ollamaSlug, writePrivateFile } from '../identity.js';

type Place = Pick<AgentConfig, 'dataDir' | 'ollamaUrl' | 'coordinatorUrl'>;

/** Coordinator's address → the credential that it gave. */
const fileSchema = z.record(z.string(), z.string());

/** The credential with which this agent comes back after a restart, so that a join token is needed once only. */
export async function readCredential(place: Place): Promise<string | undefined> {
  return (await readAll(place))[place.coordinatorUrl];
}

/** Throws BAD_CONFIG where the data folder cannot be written. */
export async function keepCredential(place: Place, credential: string): Promise<void> {
  await writePrivateFile(pathOf(place), JSON.stringify({ ...(await readAll(place)), [place.coordinatorUrl]: credential }));
}

/** Absent or damaged: the agent has to join again. */
async function readAll(place: Place): Promise<Record<string, string>> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(pathOf(place), 'utf8')));
  } catch {
    return {};
  }
}

/** One file per Ollama, like the identity that it belongs to. */
function pathOf({ dataDir, ollamaUrl }: Place): string {
  return join(dataDir, `credentials-${ollamaSlug(ollamaUrl)}.json`);
}
