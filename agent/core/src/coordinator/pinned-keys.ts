import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type Logger } from '@ollama-coordinator/common';
import { z } from 'zod';
import { hostOf, isLoopbackHost } from '../http/local-address.js';
import { writePrivateFile } from '../identity.js';

const pinnedKeysSchema = z.record(z.string(), z.string());

export interface PinOptions {
  readonly dataDir: string;
  readonly coordinatorUrl: string;
  readonly key: string;
  readonly log: Logger;
}

/**
 * Pins the fleet's public key at the first registration with a coordinator's address. Another key later is refused with
 * COORDINATOR_KEY_CHANGED, save on loopback, where whoever answers is on this machine already.
 */
export async function pinCoordinatorKey({ dataDir, coordinatorUrl, key, log }: PinOptions): Promise<void> {
  const path = join(dataDir, 'coordinator-keys.json');
  const pinned = await readPinned(path);
  const known = pinned[coordinatorUrl];
  if (known === key) return;
  if (known !== undefined) {
    if (!isLoopbackHost(hostOf(coordinatorUrl)))
      throw new AppError('COORDINATOR_KEY_CHANGED', { details: { url: coordinatorUrl, file: path } });
    log.warn({ coordinator: coordinatorUrl }, 'the coordinator on this machine has another key than before; taking it');
  }
  await writePrivateFile(path, JSON.stringify({ ...pinned, [coordinatorUrl]: key }));
}

async function readPinned(path: string): Promise<Record<string, string>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return {};
  }
  const parsed = pinnedKeysSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  // A damaged file must not silently drop the pin.
  throw new AppError('BAD_CONFIG', { details: { problems: `  ${path}: damaged; delete it to trust the coordinator afresh` } });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
