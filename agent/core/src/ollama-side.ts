import type { Agent as ConnectionPool } from 'node:http';
import { normalizeModelName, type Pause } from '@ollama-coordinator/common';
import { composeSlots } from './compose-reports.js';
import { SlotGate } from './gate/slot-gate.js';
import { hostOf, isThisMachine } from './http/local-address.js';
import { createBusyPool } from './http/request-json.js';
import { watchProgress } from './http/watch-progress.js';
import { KeepModels } from './keep/keep-models.js';
import { createMetricsSampler, type MetricsSampler, type MetricsSource, noMetricsSource, systemMetricsSource } from './metrics-sampler.js';
import { createOllamaClient, type OllamaClient } from './ollama/ollama-client.js';
import { OllamaMonitor, type OllamaView } from './ollama/ollama-monitor.js';
import { unloadModel } from './ollama/unload-model.js';
import { maxRunnerBytes } from './ollama/usable-vram.js';
import { FreeMemory } from './owner/free-memory.js';
import { machineSignals } from './owner/machine-signals.js';
import { OwnerWatch } from './owner/owner-watch.js';
import type { RunningAgentDeps } from './running-agent-deps.js';
import { WatchHub } from './server/watch-hub.js';
import { createModelTransfers, type ModelTransfers } from './transfer/create-model-transfers.js';

/** Connections to Ollama that may idle: one per stream that ended a moment ago. */
const MAX_IDLE_CONNECTIONS = 512;

/** The parts of an agent that face Ollama and its machine: what is there, who may use it, and who watches that. */
export interface OllamaSide {
  readonly client: OllamaClient;
  readonly pool: ConnectionPool;
  readonly metrics: MetricsSampler;
  readonly gate: SlotGate;
  /** Coordinator replicas that are told at once. */
  readonly watches: WatchHub;
  readonly monitor: OllamaMonitor;
  readonly models: ModelTransfers;
  readonly keeper: KeepModels;
  readonly owner: OwnerWatch;
  readonly memory: FreeMemory;
}

/** What happens there that the rest of the agent has to follow. */
export interface OllamaEvents {
  readonly onOllamaChanged: (view: OllamaView, before: OllamaView) => void;
  readonly onPause: (pause: Pause | undefined) => void;
  /** The last request has ended. */
  readonly onIdle: () => void;
  /** Something that a heartbeat tells. */
  readonly onNews: () => void;
  /** As the coordinator is told it. */
  readonly readPause: () => Pause | undefined;
}

export function createOllamaSide(deps: RunningAgentDeps, events: OllamaEvents): OllamaSide {
  const { config, log, clock, metricsSource = sourceFor(config.ollamaUrl) } = deps;
  const client = createOllamaClient({ ollamaUrl: config.ollamaUrl });
  const pool = createBusyPool(config.ollamaUrl, MAX_IDLE_CONNECTIONS, clock);
  const metrics = createMetricsSampler({
    source: metricsSource,
    clock,
    log,
    onGpus: (gpus) => gate.setMaxRunnerBytes(maxRunnerBytes(config.vramBytes, gpus)),
  });
  const gate = new SlotGate({
    clock,
    slots: config.slots === 'auto' ? 1 : config.slots,
    onChange: () => {
      watches.announce();
      if (gate.inFlightCount > 0) return;
      events.onIdle();
      memory.look();
    },
    onGrant: (lease) => watches.grant(lease),
    unloadModel: (model) => unloadModel({ client, model, log }),
  });
  const watches = new WatchHub({
    clock,
    readState: () => composeSlots({ gate, view: monitor.view, kept: keeper.kept, pause: events.readPause() }),
    onOpened: (replica) => gate.watchOpened(replica),
    onClosed: (replica) => gate.watchClosed(replica),
  });
  const monitor = new OllamaMonitor({
    client,
    clock,
    intervalMs: config.heartbeatMs,
    hasProgressed: watchProgress(pool),
    onChange: events.onOllamaChanged,
    onRunning: (running, askedMs) => gate.observe(running, askedMs),
  });
  const models = createModelTransfers({ ...deps, client, onChanged: () => monitor.look() });
  const keeper = createKeeper(deps, { client, gate, monitor, watches }, events);
  const owner = createOwnerWatch(deps, gate, events);
  const memory = new FreeMemory({
    readRunners: () => gate.runners(),
    mayUnload: () => owner.pause !== undefined && gate.inFlightCount === 0,
    unloadModel: (model) => unloadModel({ client, model, log }).then(() => monitor.look()),
  });
  return { client, pool, metrics, gate, watches, monitor, models, keeper, owner, memory };
}

function createKeeper(
  { clock, log }: RunningAgentDeps,
  { client, gate, monitor, watches }: Pick<OllamaSide, 'client' | 'gate' | 'monitor' | 'watches'>,
  { onNews }: OllamaEvents,
): KeepModels {
  return new KeepModels({
    gate,
    client,
    readModels: () => new Set(monitor.view.up ? monitor.view.models.map(({ name }) => normalizeModelName(name)) : []),
    clock,
    log,
    onChanged: () => {
      monitor.look();
      watches.announce();
      onNews();
    },
  });
}

function createOwnerWatch(deps: RunningAgentDeps, gate: SlotGate, { onPause }: OllamaEvents): OwnerWatch {
  const { machineSignals: signals = machineSignals } = deps;
  return new OwnerWatch({
    ...deps,
    signals,
    readOwnUse: () => ({
      requests: gate.inFlightCount,
      vramBytes: gate.runners().reduce((bytes, { vram_bytes }) => bytes + vram_bytes, 0),
    }),
    onChange: onPause,
  });
}

function sourceFor(ollamaUrl: string): MetricsSource {
  return isThisMachine(hostOf(ollamaUrl)) ? systemMetricsSource : noMetricsSource;
}
