import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentConfig } from '@ollama-coordinator/common';
import { z } from 'zod';
import { ollamaSlug, writePrivateFile } from '../identity.js';

export type OwnerPlace = Pick<AgentConfig, 'dataDir' | 'ollamaUrl'>;

/** What the owner said last: pause, or serve in spite of schedule, battery and graphics card. Milliseconds since 1970. */
export interface OwnerChoice {
  readonly choice: 'pause' | 'serve';
  readonly untilMs: number | undefined;
}

const fileSchema = z.object({ choice: z.enum(['pause', 'serve']), until: z.iso.datetime().optional() });

/**
 * Keeps what the owner wants of this machine's agent in its data folder, where a running agent sees it within a second, and one
 * that starts later finds it. Throws BAD_CONFIG where the folder cannot be written.
 */
export async function writeOwnerChoice(place: OwnerPlace, { choice, untilMs }: OwnerChoice): Promise<void> {
  const until = untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() };
  await writePrivateFile(ownerChoicePath(place), JSON.stringify({ choice, ...until }));
}

/** The owner leaves it to the settings again. */
export async function clearOwnerChoice(place: OwnerPlace): Promise<void> {
  await rm(ownerChoicePath(place), { force: true });
}

/** Undefined where nothing was said, or what was said is over. */
export async function readOwnerChoice(place: OwnerPlace, nowMs: number): Promise<OwnerChoice | undefined> {
  let parsed: z.output<typeof fileSchema>;
  try {
    parsed = fileSchema.parse(JSON.parse(await readFile(ownerChoicePath(place), 'utf8')));
  } catch {
    return undefined;
  }
  const untilMs = parsed.until === undefined ? undefined : Date.parse(parsed.until);
  return untilMs !== undefined && untilMs <= nowMs ? undefined : { choice: parsed.choice, untilMs };
}

/** Another text whenever something was said. */
export async function ownerChoiceStamp(place: OwnerPlace): Promise<string> {
  return stat(ownerChoicePath(place)).then(
    ({ mtimeMs, ino, size }) => `${mtimeMs}:${ino}:${size}`,
    () => 'absent',
  );
}

function ownerChoicePath({ dataDir, ollamaUrl }: OwnerPlace): string {
  return join(dataDir, `owner-${ollamaSlug(ollamaUrl)}.json`);
}
