import { rm } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { AppError, normalizeModelName, type TransferRequest } from '@ollama-coordinator/common';
import type { OllamaClient } from '../ollama/ollama-client.js';
import { type PullOptions, pullModel } from '../ollama/pull-model.js';
import type { Bandwidth } from './bandwidth.js';
import { checkRoom } from './check-room.js';
import { startLoopbackRegistry } from './loopback-registry.js';
import type { ModelsDisk } from './models-disk.js';
import { type AskPeerOptions, fetchManifest } from './peer.js';
import { manifestPath, type StoredModel } from './stored-model.js';
import { mayWriteInto, writeModel } from './write-model.js';

export interface CopyModelDeps extends Pick<PullOptions, 'ollamaUrl' | 'pool' | 'clock'> {
  readonly agentName: string;
  readonly client: Pick<OllamaClient, 'models' | 'copy' | 'remove'>;
  readonly disk: ModelsDisk;
  readonly incoming: Bandwidth;
}

export type CopyIo = Pick<PullOptions, 'signal' | 'onProgress'>;

/**
 * Takes a model over from another agent: into Ollama's folder where this agent may write there, else by having Ollama pull it from this
 * agent. Throws COPY_SOURCE_FAILED, COPY_UNAVAILABLE, NOT_ENOUGH_DISK and what pullModel() throws.
 */
export async function copyModel(request: Extract<TransferRequest, { kind: 'copy' }>, io: CopyIo, deps: CopyModelDeps): Promise<void> {
  const { disk, client, agentName } = deps;
  const [source] = request.sources;
  if (source === undefined) throw new AppError('COPY_UNAVAILABLE', { details: { agent: agentName, reason: 'no source was named' } });
  const httpAgent = new HttpAgent({ keepAlive: true });
  try {
    const peer: AskPeerOptions = { source, httpAgent, signal: io.signal };
    io.onProgress({ type: 'phase', phase: 'manifest' });
    const model = await fetchManifest(peer, request.digest);
    const located = await disk.locate();
    await checkRoom(request.model, model.layers, located?.folder, { agentName, freeBytes: disk.freeBytes });
    const models = await client.models();
    if (located && (await mayWriteInto(located.folder, models, located.isNamed))) await writeInto(located.folder, model, peer, io, deps);
    else await pullFromHere(request.model, model, peer, io, deps);
  } finally {
    httpAgent.destroy();
  }
}

async function writeInto(folder: string, model: StoredModel, peer: AskPeerOptions, io: CopyIo, deps: CopyModelDeps): Promise<void> {
  await writeModel({
    ...peer,
    ...deps,
    folder,
    model,
    onLayer: (digest, total, completed) => io.onProgress({ type: 'layer', digest, total, completed }),
    onWriting: () => {
      for (const phase of ['verifying', 'writing'] as const) io.onProgress({ type: 'phase', phase });
    },
  });
  const { host, namespace, model: name, tag } = model.name;
  const wanted = normalizeModelName(`${host}/${namespace}/${name}:${tag}`);
  const listed = (await deps.client.models()).find((one) => normalizeModelName(one.name) === wanted);
  if (listed?.digest === model.digest) return;
  await rm(manifestPath(folder, model.name), { force: true });
  const reason = `Ollama does not list what was written into ${folder}; AGENT_OLLAMA_MODELS names the folder that it uses`;
  throw new AppError('COPY_UNAVAILABLE', { details: { agent: deps.agentName, reason } });
}

async function pullFromHere(name: string, model: StoredModel, peer: AskPeerOptions, io: CopyIo, deps: CopyModelDeps): Promise<void> {
  const failing = new AbortController();
  const signal = AbortSignal.any([io.signal, failing.signal]);
  const registry = await startLoopbackRegistry({
    ...peer,
    model,
    incoming: deps.incoming,
    signal,
    onSourceFailed: (error) => failing.abort(error),
  });
  try {
    await pullModel({ ...deps, ...io, signal, model: registry.name, insecure: true }).catch((error: unknown) => {
      throw isOutOfReach(error) ? outOfReach(deps.agentName) : error;
    });
    await deps.client.copy(registry.name, name);
  } finally {
    registry.close();
    await deps.client.remove(registry.name).catch(() => undefined);
  }
}

/** Ollama could not come to this agent's loopback address: it runs in a container, or on another machine. */
function isOutOfReach(error: unknown): boolean {
  return error instanceof AppError && /pull model manifest: .*(connection refused|no route|timeout)/.test(error.message);
}

function outOfReach(agent: string): AppError {
  const reason = "Ollama's models folder cannot be written to, and Ollama cannot reach the agent";
  return new AppError('COPY_UNAVAILABLE', { details: { agent, reason } });
}
