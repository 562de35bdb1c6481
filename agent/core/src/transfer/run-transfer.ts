import type { Agent } from 'node:http';
import { AppError, type Clock, formatBytes, normalizeModelName, type TransferRequest } from '@ollama-coordinator/common';
import type { OllamaClient } from '../ollama/ollama-client.js';
import { type PullProgress, pullModel } from '../ollama/pull-model.js';
import type { RunTransfer } from './transfers.js';

export interface RunTransferDeps {
  readonly ollamaUrl: string;
  readonly agentName: string;
  /** Connections to Ollama for transfers alone. */
  readonly pool: Agent;
  readonly client: Pick<OllamaClient, 'models'>;
  readonly clock: Clock;
  /** Of the disk with Ollama's models; undefined where that cannot be told. */
  readonly diskFree: () => Promise<number | undefined>;
  /** The list of models has changed. */
  readonly onChanged: () => void;
}

/** Has Ollama pull, and stops it as soon as a layer is named that the disk has no room for. */
export function createRunTransfer(deps: RunTransferDeps): RunTransfer {
  return async (request, { signal, onProgress }) => {
    if (request.kind === 'copy') throw new AppError('COPY_UNAVAILABLE', { details: { agent: deps.agentName, reason: 'not yet' } });
    const full = new AbortController();
    const room = createRoomCheck(deps, request, (error) => full.abort(error));
    try {
      await pullModel({
        ...deps,
        model: request.model,
        insecure: request.insecure,
        signal: AbortSignal.any([signal, full.signal]),
        onProgress: (progress) => {
          room(progress);
          onProgress(progress);
        },
      });
      return await listed(deps.client, request.model);
    } finally {
      deps.onChanged();
    }
  };
}

async function listed(client: Pick<OllamaClient, 'models'>, model: string): Promise<{ digest: string; sizeBytes: number }> {
  const name = normalizeModelName(model);
  const found = (await client.models()).find((one) => one.name === name);
  if (!found) throw new AppError('PULL_FAILED', { details: { reason: `Ollama says that it has "${model}", but does not list it` } });
  return { digest: found.digest, sizeBytes: found.size_bytes };
}

/** Looks at the disk whenever a layer appears, against what all layers named so far still need. */
function createRoomCheck(
  { agentName, diskFree }: Pick<RunTransferDeps, 'agentName' | 'diskFree'>,
  { model }: TransferRequest,
  onFull: (error: AppError) => void,
): (progress: PullProgress) => void {
  const missing = new Map<string, number>();
  return (progress) => {
    if (progress.type !== 'layer') return;
    const isFresh = !missing.has(progress.digest);
    missing.set(progress.digest, progress.total - progress.completed);
    if (!isFresh) return;
    void diskFree().then((free) => {
      const needed = [...missing.values()].reduce((sum, bytes) => sum + bytes, 0);
      if (free !== undefined && needed > free) onFull(notEnoughDisk({ model, agentName, needed, free }));
    });
  };
}

export function notEnoughDisk(facts: { model: string; agentName: string; needed: number; free: number }): AppError {
  const { model, agentName, needed, free } = facts;
  return new AppError('NOT_ENOUGH_DISK', { details: { model, agent: agentName, needed: formatBytes(needed), free: formatBytes(free) } });
}
