import type { Agent } from 'node:http';
import { AppError, type Clock, normalizeModelName, type TransferRequest } from '@ollama-coordinator/common';
import type { OllamaClient } from '../ollama/ollama-client.js';
import { pullModel } from '../ollama/pull-model.js';
import type { Bandwidth } from './bandwidth.js';
import { checkRoom, watchRoom } from './check-room.js';
import { copyModel } from './copy-model.js';
import type { ModelsDisk } from './models-disk.js';
import { registryLayers } from './registry-layers.js';
import type { RunTransfer } from './transfers.js';

export interface RunTransferDeps {
  readonly ollamaUrl: string;
  readonly agentName: string;
  /** Connections to Ollama for transfers alone. */
  readonly pool: Agent;
  readonly client: Pick<OllamaClient, 'models' | 'copy' | 'remove'>;
  readonly clock: Clock;
  readonly disk: ModelsDisk;
  readonly incoming: Bandwidth;
  /** The list of models has changed. */
  readonly onChanged: () => void;
}

type Io = Parameters<RunTransfer>[1];

export function createRunTransfer(deps: RunTransferDeps): RunTransfer {
  return async (request, io) => {
    try {
      if (request.kind === 'pull') await pull(request, io, deps);
      else await copyModel(request, io, deps);
      return await listed(deps.client, request.model);
    } finally {
      deps.onChanged();
    }
  };
}

/** Has Ollama pull. The disk is looked at before, as far as the registry tells what will come, and again with each layer that is named. */
async function pull(
  { model, insecure }: Extract<TransferRequest, { kind: 'pull' }>,
  { signal, onProgress }: Io,
  deps: RunTransferDeps,
): Promise<void> {
  const { agentName, disk } = deps;
  const room = { agentName, freeBytes: disk.freeBytes };
  const layers = await registryLayers(model, insecure, signal);
  signal.throwIfAborted();
  if (layers) await checkRoom(model, layers, (await disk.locate())?.folder, room);
  const full = new AbortController();
  const watch = watchRoom(model, room, (error) => full.abort(error));
  await pullModel({
    ...deps,
    model,
    insecure,
    signal: AbortSignal.any([signal, full.signal]),
    onProgress: (progress) => {
      watch(progress);
      onProgress(progress);
    },
  });
}

async function listed(client: Pick<OllamaClient, 'models'>, model: string): Promise<{ digest: string; sizeBytes: number }> {
  const name = normalizeModelName(model);
  const found = (await client.models()).find((one) => normalizeModelName(one.name) === name);
  if (!found) throw new AppError('PULL_FAILED', { details: { reason: `Ollama says that it has "${model}", but does not list it` } });
  return { digest: found.digest, sizeBytes: found.size_bytes };
}
