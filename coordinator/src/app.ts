import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import {
  AppError,
  type Clock,
  type CoordinatorConfig,
  type Logger,
  type Random,
  systemClock,
  systemRandom,
} from '@ollama-coordinator/common';
import { createAnnounceWants } from './admission/announce-wants.js';
import { createWaitingLines } from './admission/waiting-lines.js';
import { createBalancing } from './balancing/create-balancing.js';
import { loadBalancer } from './balancing/load-plugin.js';
import { type Credentials, openCredentials } from './credentials/open-credentials.js';
import { createDashboard } from './dashboard/create-dashboard.js';
import { startHostedAgents } from './fleet/hosted-agents.js';
import { createForwarding } from './forwarding/forward-attempt.js';
import { createHistory } from './history/create-history.js';
import { createApiApp } from './http/api-app.js';
import { createAuthenticate } from './http/authenticate.js';
import { createAgentHandlers, createHandleHeartbeat } from './http/handlers/agent-handlers.js';
import { createCoordinatorHandlers } from './http/handlers/coordinator-handlers.js';
import { createHttpServer } from './http/server.js';
import { createMetrics } from './metrics/metrics.js';
import { createHandleInference } from './pipeline/handle-inference.js';
import { createRecording } from './recording/request-record.js';
import { createRegistry } from './registry/create-registry.js';
import { openStore, type Store } from './store/open-store.js';
import { announceReplica } from './store/replica-presence.js';
import { coordinatorVersion } from './version.js';

export interface CoordinatorOptions {
  readonly config: CoordinatorConfig;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface StartedCoordinator {
  /** Where it listens, as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Sentences with secrets that were made at this start; they cannot be shown again. */
  readonly shownOnce: readonly string[];
}

export interface Coordinator {
  /** Throws an AppError that says what to do: REDIS_UNREACHABLE, PORT_IN_USE, BAD_BALANCER … */
  start(): Promise<StartedCoordinator>;
  /** Takes no more requests, finishes those that run within the grace period, and leaves. */
  stop(): Promise<void>;
}

/** The coordinator, put together. Parts are stopped in the reverse order of their start. */
export function createCoordinator({ config, log, clock = systemClock, random = systemRandom }: CoordinatorOptions): Coordinator {
  const replicaId = `${hostname().slice(0, 40)}-${randomBytes(3).toString('hex')}`;
  const stops: (() => void | Promise<void>)[] = [];
  const context: Context = { config, log, clock, random, replicaId, stops, isStopping: false };

  const stop = async () => {
    context.isStopping = true;
    for (const undo of stops.splice(0).reverse()) await undo();
  };
  return {
    start: async () => {
      try {
        return await startParts(context);
      } catch (failure) {
        await stop();
        throw failure;
      }
    },
    stop,
  };
}

interface Context {
  readonly config: CoordinatorConfig;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly replicaId: string;
  readonly stops: (() => void | Promise<void>)[];
  isStopping: boolean;
}

async function startParts(context: Context): Promise<StartedCoordinator> {
  const { config, log, clock, replicaId, stops } = context;
  const store = await openStore({ config, log, clock });
  stops.push(() => store.close());
  const credentials = await openCredentials({ config, store, replicaId, clock });
  stops.push(announceReplica({ redis: store.redis, keys: store.keys, replicaId, clock }));
  const parts = await startFleet(context, store, credentials);
  const server = createServer(context, credentials, parts);
  const url = await listen(server, config);
  stops.push(() => closeServer(server, config.drainTimeoutMs, clock));
  if (Object.keys(config.ollamaUrls).length > 0) stops.push(hostAgents(context, store, credentials, url));
  log.info({ url, replica: replicaId, balancer: config.balancer, keys: credentials.keysOn }, 'coordinator ready');
  return { url, shownOnce: credentials.shownOnce };
}

/** Registry, balancing, lines, history and dashboard: everything behind the HTTP server. */
async function startFleet({ config, log, clock, random, replicaId, stops }: Context, store: Store, { tokens }: Credentials) {
  const metrics = createMetrics();
  const registry = createRegistry({
    redisUrl: store.url,
    redisPrefix: config.redisPrefix,
    replicaId,
    agentTtlMs: config.agentTtlMs,
    historyDays: config.historyDays,
    agentToken: tokens.forAgent,
    log: log.child({ part: 'registry' }),
    clock,
  });
  await registry.start();
  stops.push(() => registry.stop());
  const history = createHistory({ redis: store.redis, keys: store.keys, clock, log: log.child({ part: 'history' }) });
  stops.push(() => history.close());
  const from = [process.cwd(), config.dataDir];
  const loaded = await loadBalancer(config.balancer, config.balancerOptions, { log: log.child({ part: 'balancer' }), from, clock });
  const balancing = createBalancing({ profile: [{ ...loaded, weight: 1 }], fleet: registry, replicaId, clock, random, log });
  stops.push(() => balancing.close());
  const announceWants = createAnnounceWants((agentId, wants) => registry.sendWants(agentId, wants));
  const lines = createWaitingLines({ limit: config.queueLimit, timeoutMs: config.queueTimeoutMs, clock, onWants: announceWants });
  stops.push(() => lines.close());
  stops.push(
    registry.onChange((_snapshot, { changed, removed }) => lines.capacityChanged([...changed.map((agent) => agent.id), ...removed])),
  );
  stops.push(registry.onGrant((agentId) => lines.capacityChanged([agentId])));
  const dashboard = createDashboard({
    fleet: registry,
    redisState: () => registry.redisState(),
    replicaId,
    coordinatorVersion: coordinatorVersion(),
    clock,
    log,
  });
  stops.push(() => dashboard.close());
  return { metrics, registry, history, balancing, lines, dashboard };
}
type Parts = Awaited<ReturnType<typeof startFleet>>;

function createServer(
  context: Context,
  credentials: Credentials,
  { metrics, registry, history, balancing, lines, dashboard }: Parts,
): Server {
  const { config, log, clock, replicaId, stops } = context;
  const { tokens, apiKeys, joinToken, keysOn, signingKey } = credentials;
  const forwarding = createForwarding({ clock });
  stops.push(() => forwarding.close());
  const beginRecord = createRecording({
    replicaId,
    clock,
    log,
    metrics,
    keep: (request) => history.append(request),
    show: (request) => dashboard.requestChanged(request),
  });
  const { forward } = forwarding;
  const { bodyLimitBytes, maxAttempts, firstByteTimeoutMs, loadTimeoutMs, agentTtlMs } = config;
  const handleApi = createApiApp(
    {
      ...createAgentHandlers({ registry, history, tokens, joinToken, publicKey: signingKey.publicKey, agentTtlMs }),
      ...createCoordinatorHandlers({
        registry,
        history,
        metrics,
        lines,
        balancing,
        replicaId,
        version: coordinatorVersion(),
        isStopping: () => context.isStopping,
      }),
      dashboard: (req, res) => dashboard.servePage(req, res),
    },
    log,
  );
  return createHttpServer({
    authenticate: createAuthenticate({ keysOn, apiKeys }),
    handleInference: createHandleInference({
      beginRecord,
      balancing,
      lines,
      forward,
      tokens,
      clock,
      bodyLimitBytes,
      maxAttempts,
      firstByteTimeoutMs,
      loadTimeoutMs,
    }),
    handleHeartbeat: createHandleHeartbeat({ registry, tokens }),
    handleApi,
    handleUpgrade: (req, socket, head) => dashboard.handleUpgrade(req, socket, head),
    clock,
    log,
  });
}

function hostAgents(
  { config, replicaId, clock, log }: Context,
  store: Store,
  { joinToken }: Credentials,
  coordinatorUrl: string,
): () => Promise<void> {
  const hosted = startHostedAgents({
    config,
    coordinatorUrl,
    joinToken: joinToken.forHostedAgents,
    redis: store.redis,
    keys: store.keys,
    replicaId,
    clock,
    log,
  });
  return () => hosted.stop();
}

function listen(server: Server, { host, port }: CoordinatorConfig): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (failure: NodeJS.ErrnoException) => {
      const isTaken = failure.code === 'EADDRINUSE';
      reject(
        isTaken ? new AppError('PORT_IN_USE', { details: { port, host, setting: '--port or COORDINATOR_PORT' }, cause: failure }) : failure,
      );
    });
    server.listen(port, host, () => {
      const shown = host.includes(':') ? `[${host}]` : host;
      resolve(`http://${shown}:${(server.address() as AddressInfo).port}`);
    });
  });
}

/** Stops listening and waits for what runs; what is not finished within the grace period is cut. */
function closeServer(server: Server, graceMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cut = clock.setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      cut.cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}
