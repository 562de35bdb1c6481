import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentConfig, Clock, Logger } from '@ollama-coordinator/common';
import { createConnectionPool } from '../http/request-json.js';
import { machineName } from '../machine-name.js';
import type { OllamaClient } from '../ollama/ollama-client.js';
import { createBandwidth } from './bandwidth.js';
import { createModelsDisk } from './models-disk.js';
import { createRunTransfer } from './run-transfer.js';
import { type CopyGrant, serveCopy } from './serve-copy.js';
import { Transfers } from './transfers.js';

export interface ModelTransfersDeps {
  readonly config: AgentConfig;
  readonly client: Pick<OllamaClient, 'models' | 'copy' | 'remove' | 'leftovers'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The list of models has changed. */
  readonly onChanged: () => void;
}

/** Models on their way to and from this agent's disk. */
export interface ModelTransfers {
  readonly transfers: Transfers;
  /** Hands models to other agents; see serveCopy(). */
  readonly serveCopy: (req: IncomingMessage, res: ServerResponse, path: string, grant: CopyGrant) => Promise<void>;
  /** Of the disk with Ollama's models; undefined where that cannot be told. */
  readonly diskFree: () => Promise<number | undefined>;
  /** Ollama was started, perhaps with another folder. */
  ollamaStarted(): void;
  stop(): void;
}

export function createModelTransfers({ config, client, clock, log, onChanged }: ModelTransfersDeps): ModelTransfers {
  const { ollamaUrl, copyBytesPerS } = config;
  const disk = createModelsDisk({ config, ownEnvironment: process.env, clock });
  const pool = createConnectionPool(ollamaUrl, 0);
  const incoming = createBandwidth(copyBytesPerS, clock);
  const outgoing = createBandwidth(copyBytesPerS, clock);
  const run = createRunTransfer({ ollamaUrl, agentName: machineName(config), pool, client, clock, disk, incoming, onChanged });
  const transfers = new Transfers({ run, clock, log });
  const folder = async () => (await disk.locate())?.folder;
  return {
    transfers,
    serveCopy: (req, res, path, grant) => serveCopy(req, res, path, grant, { folder, outgoing, log }),
    diskFree: disk.freeBytes,
    ollamaStarted() {
      disk.forget();
      void removeLeftovers(client).catch((error: unknown) => log.debug({ err: error }, 'leftovers of copies could not be removed'));
    },
    stop() {
      transfers.stop();
      pool.destroy();
    },
  };
}

/** An agent that ended in the middle of a copy left a name behind that nobody knows. */
async function removeLeftovers(client: Pick<OllamaClient, 'leftovers' | 'remove'>): Promise<void> {
  for (const name of await client.leftovers()) await client.remove(name);
}
