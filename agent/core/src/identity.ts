import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, agentIdSchema, describeCause } from '@ollama-coordinator/common';
import { z } from 'zod';
import { hostOf, isThisMachine, portOf } from './http/local-address.js';

const identityFileSchema = z.object({ agent_id: agentIdSchema, incarnation: z.int().nonnegative() });

export interface Identity {
  readonly agentId: string;
  /** Milliseconds since 1970 at this start; larger than at every start before, even when the clock was set back. */
  readonly incarnation: number;
}

export interface IdentityOptions {
  readonly dataDir: string;
  readonly ollamaUrl: string;
  readonly machineName: string;
  readonly nowMs: number;
}

/**
 * Reads who this agent is, or makes it up once, and keeps it: one file per Ollama, so that two on one machine are two
 * agents. Throws BAD_CONFIG where the data folder cannot be used.
 */
export async function loadIdentity({ dataDir, ollamaUrl, machineName, nowMs }: IdentityOptions): Promise<Identity> {
  const path = identityPath({ dataDir, ollamaUrl });
  const stored = await readStored(path);
  const agentId = stored?.agent_id ?? makeAgentId(machineName, portOf(ollamaUrl));
  const incarnation = Math.max(nowMs, (stored?.incarnation ?? 0) + 1);
  await writePrivateFile(path, JSON.stringify({ agent_id: agentId, incarnation }));
  return { agentId, incarnation };
}

/** The id that an agent for this Ollama has, if one ran here before. */
export async function readAgentId(options: Pick<IdentityOptions, 'dataDir' | 'ollamaUrl'>): Promise<string | undefined> {
  return (await readStored(identityPath(options)))?.agent_id;
}

/** `<machine name>-<Ollama port>-<6 random hex digits>`, at most 64 characters. */
export function makeAgentId(machineName: string, ollamaPort: number): string {
  return `${slug(machineName).slice(0, 48) || 'agent'}-${ollamaPort}-${randomBytes(3).toString('hex')}`;
}

/** Writes a file that only its owner reads, whole or not at all. Throws BAD_CONFIG naming the data folder. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  try {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, `${text}\n`, { mode: 0o600 });
    await rename(draft, path);
  } catch (cause) {
    throw new AppError('BAD_CONFIG', { details: { problems: `  AGENT_DATA_DIR: ${describeCause(cause)}` }, cause });
  }
}

function identityPath({ dataDir, ollamaUrl }: Pick<IdentityOptions, 'dataDir' | 'ollamaUrl'>): string {
  return join(dataDir, `identity-${ollamaSlug(ollamaUrl)}.json`);
}

async function readStored(path: string): Promise<z.output<typeof identityFileSchema> | undefined> {
  try {
    return identityFileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Absent or damaged: a fresh identity is made, and the coordinator sees a further agent rather than none.
    return undefined;
  }
}

/** Names an Ollama in a file name. */
export function ollamaSlug(ollamaUrl: string): string {
  const host = hostOf(ollamaUrl);
  return isThisMachine(host) ? String(portOf(ollamaUrl)) : `${slug(host)}-${portOf(ollamaUrl)}`;
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}
