import type { AgentConfig, Clock, Logger } from '@ollama-coordinator/common';
import { createConnectionPool } from '../http/request-json.js';
import { machineName } from '../machine-name.js';
import type { OllamaClient } from '../ollama/ollama-client.js';
import { createModelsDisk } from './models-disk.js';
import { createRunTransfer } from './run-transfer.js';
import { Transfers } from './transfers.js';

export interface ModelTransfersDeps {
  readonly config: AgentConfig;
  readonly client: Pick<OllamaClient, 'models'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The list of models has changed. */
  readonly onChanged: () => void;
}

/** Models on their way to and from this agent's disk. */
export interface ModelTransfers {
  readonly transfers: Transfers;
  /** Of the disk with Ollama's models; undefined where that cannot be told. */
  readonly diskFree: () => Promise<number | undefined>;
  /** Ollama was started, perhaps with another folder. */
  ollamaStarted(): void;
  stop(): void;
}

export function createModelTransfers({ config, client, clock, log, onChanged }: ModelTransfersDeps): ModelTransfers {
  const { ollamaUrl } = config;
  const disk = createModelsDisk({ config, ownEnvironment: process.env, clock });
  const pool = createConnectionPool(ollamaUrl, 0);
  const agentName = machineName(config);
  const run = createRunTransfer({ ollamaUrl, agentName, pool, client, clock, diskFree: disk.freeBytes, onChanged });
  const transfers = new Transfers({ run, clock, log });
  return {
    transfers,
    diskFree: disk.freeBytes,
    ollamaStarted: disk.forget,
    stop() {
      transfers.stop();
      pool.destroy();
    },
  };
}
