import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from '../identity.js';

const orderSchema = z.object({ id: z.string() });
const outcomeSchema = z.object({ id: z.string(), ok: z.boolean(), text: z.string() });
export type UpdateOutcome = z.output<typeof outcomeSchema>;
const failedSchema = z.object({ version: z.string() });

/** Files in the data folder by which the command line tells a running agent to update itself, and hears how it went. */
export function updateOrders(dataDir: string) {
  const order = join(dataDir, 'update-order.json');
  const outcome = join(dataDir, 'update-outcome.json');
  const failed = join(dataDir, 'update-failed.json');
  return {
    async give(): Promise<string> {
      const id = randomUUID();
      await writePrivateFile(order, JSON.stringify({ id }));
      return id;
    },
    /** The id of an order, which is gone then. */
    async take(): Promise<string | undefined> {
      const given = await read(order, orderSchema);
      if (given !== undefined) await rm(order, { force: true });
      return given?.id;
    },
    /** Whether nobody took it. */
    isWaiting: async (): Promise<boolean> => (await read(order, orderSchema)) !== undefined,
    withdraw: (): Promise<void> => rm(order, { force: true }),
    tell: (told: UpdateOutcome): Promise<void> => writePrivateFile(outcome, JSON.stringify(told)),
    async outcomeOf(id: string): Promise<UpdateOutcome | undefined> {
      const told = await read(outcome, outcomeSchema);
      return told?.id === id ? told : undefined;
    },
    /** The version that did not prove itself. */
    failedVersion: async (): Promise<string | undefined> => (await read(failed, failedSchema))?.version,
    remember: (version: string): Promise<void> => writePrivateFile(failed, JSON.stringify({ version })),
  };
}

async function read<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
