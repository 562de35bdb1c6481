import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { seededRandom, systemClock } from '@ollama-coordinator/common';
import { createScheduler } from '#simulator/ollama/engine/scheduler.js';
import { createStats, type Stats } from '#simulator/ollama/engine/stats.js';
import { createModelsFolder } from './disk/models-folder.js';
import { createRegistryPulls } from './disk/pull-from-registry.js';
import { createFaults, type Faults } from './faults.js';
import { createFreezer } from './freezer.js';
import { createRequestHandler } from './http/handle-request.js';
import { createRouter } from './http/router.js';
import { createModelStore, type ModelStore } from './model-store.js';
import type { SimulatedOllamaOptions } from './options.js';
import { instant, PROFILES } from './profiles.js';
import { createRequestLog, type LoggedRequest } from './request-log.js';
import { routesOfVersion } from './routes/of-version.js';
import { routeTable } from './routes/route-table.js';

export interface SimulatedOllama {
  readonly url: string;
  readonly port: number;
  /** What it received, oldest first. */
  readonly requests: readonly LoggedRequest[];
  readonly stats: Readonly<Stats>;
  readonly faults: Faults;
  readonly models: ModelStore;
  /** The names that are loaded. */
  loaded(): string[];
  clearRequests(): void;
  /** Like SIGSTOP: connections are accepted, nothing is read or answered. */
  freeze(): void;
  thaw(): void;
  /** Down: every connection is reset and new ones are refused, until it is up again on the same port. */
  setUp(up: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Starts an Ollama that has no weights and answers as the real one does, at the speed that its models are given. */
export async function startSimulatedOllama(options: SimulatedOllamaOptions = {}): Promise<SimulatedOllama> {
  const freezer = createFreezer(options.clock ?? systemClock);
  const { clock } = freezer;
  const random = seededRandom(options.seed ?? 1);
  const noise = options.noise ?? 0;
  const stats = createStats();
  const faults = createFaults();
  const log = createRequestLog(options.keepRequests ?? 10_000);
  const folder = options.modelsDir === undefined ? undefined : createModelsFolder(options.modelsDir);
  const inMemory = options.models ?? [instant(PROFILES.tiny), instant(PROFILES['tiny-embed'])];
  const models = createModelStore(inMemory, options.pullable ?? [], () => clock.now(), folder);
  const scheduler = createScheduler({
    clock,
    stats,
    numParallel: options.numParallel ?? 1,
    maxLoadedModels: options.maxLoadedModels ?? 3,
    maxQueue: options.maxQueue ?? 512,
    keepAliveMs: options.keepAliveMs ?? 300_000,
    vramBytes: options.vramBytes,
    vary: () => 1 + noise * (2 * random() - 1),
  });
  const version = options.version ?? '0.32.15';
  const pullBytesPerS = options.pullBytesPerS ?? 100_000_000;
  const pullFromRegistry = folder && createRegistryPulls(folder);
  const { registry } = options;
  const { answerTokens = () => undefined } = options;
  const context = { version, clock, answerTokens, random, models, scheduler, stats, pullBytesPerS, pullFromRegistry, registry };
  const handle = createRequestHandler({
    route: createRouter(routesOfVersion(routeTable(context), version)),
    clock,
    stats,
    faults,
    log,
    freezer,
  });
  const server = createServer(
    { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
    (request, response) => void handle(request, response),
  );
  const connections = trackConnections(server);
  const host = options.host ?? '127.0.0.1';
  await listen(server, options.port ?? 0, host);
  const { port } = server.address() as AddressInfo;
  let up = true;

  async function setUp(wanted: boolean): Promise<void> {
    if (wanted === up) return;
    up = wanted;
    if (wanted) await listen(server, port, host);
    else await connections.closeAll();
  }

  return {
    url: `http://${host}:${port}`,
    port,
    requests: log.entries,
    stats,
    faults,
    models,
    loaded: () => scheduler.list().map(({ model }) => model.name),
    clearRequests: log.clear,
    freeze: freezer.freeze,
    thaw: freezer.thaw,
    setUp,
    close: () => setUp(false),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** Keeps track of the connections of a server, to end them with it. */
function trackConnections(server: Server) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  return {
    closeAll(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.resetAndDestroy();
      return closed;
    },
  };
}
