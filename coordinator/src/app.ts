import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type Clock,
  type CoordinatorConfig,
  type Logger,
  type Random,
  type SettingOrigins,
  startTracing,
  systemClock,
  systemRandom,
} from '@ollama-coordinator/common';
import { openCredentials } from './credentials/open-credentials.js';
import { tellNetwork } from './discovery/tell-network.js';
import { startHostedAgents } from './fleet/hosted-agents.js';
import { closeServer, listen } from './http/listen.js';
import { startJobs } from './jobs/start-jobs.js';
import { startPlacements } from './placement/start-placements.js';
import { createAddressPolicy } from './reach/address-policy.js';
import { openTls } from './reach/open-tls.js';
import { createReach } from './reach/reach.js';
import { openStore } from './store/open-store.js';
import { announceReplica } from './store/replica-presence.js';
import { createAgentTunnels } from './tunnel/agent-tunnels.js';
import { createDialTunnel } from './tunnel/dial-tunnel.js';
import { coordinatorVersion } from './version.js';
import { openBodies } from './wiring/open-bodies.js';
import type { PartContext } from './wiring/part-context.js';
import { startFleetParts } from './wiring/start-fleet-parts.js';
import { wireServer } from './wiring/wire-server.js';

export interface CoordinatorOptions {
  readonly config: CoordinatorConfig;
  /** Where each given setting comes from, for messages; default: nothing is said. */
  readonly origins?: SettingOrigins;
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
export function createCoordinator({
  config,
  origins = new Map(),
  log,
  clock = systemClock,
  random = systemRandom,
}: CoordinatorOptions): Coordinator {
  const replicaId = `${hostname().slice(0, 40)}-${randomBytes(3).toString('hex')}`;

  let context: PartContext | undefined;

  const stop = async () => {
    if (context === undefined) return;
    context.isStopping = true;
    for (const undo of context.stops.splice(0).reverse()) await undo();
  };
  return {
    start: async () => {
      try {
        const tls = openTls({ config, clock, log });
        const policy = createAddressPolicy({ host: config.host, networks: config.agentNetworks, clock, log });
        const addresses = createReach(policy, () => tls?.current());
        const service = { name: 'ollama-coordinator', version: coordinatorVersion(), instance: replicaId };
        const tracing = await startTracing({ endpoint: config.otlpEndpoint, sample: config.otlpSample, service, log });
        const stops = tracing ? [() => tracing.stop()] : [];
        context = { config, origins, log, clock, random, replicaId, addresses, tls, tracing, stops, isStopping: false, ownUrl: undefined };
        return await startParts(context);
      } catch (failure) {
        await stop();
        throw failure;
      }
    },
    stop,
  };
}

async function startParts(context: PartContext): Promise<StartedCoordinator> {
  const { config, log, clock, replicaId, stops, tls } = context;
  const store = await openStore({ config, log, clock });
  stops.push(() => store.close());
  const { redis, keys } = store;
  const credentials = await openCredentials({ config, store, replicaId, clock, log: log.child({ part: 'credentials' }) });
  stops.push(() => credentials.apiKeys.stop());
  const presence = announceReplica({ redis, keys, replicaId, clock });
  stops.push(() => presence.stop());
  const tunnels = createAgentTunnels(log.child({ part: 'tunnel' }));
  stops.push(() => tunnels.close());
  const startOf = (id: string) => parts.registry.snapshot().agents.get(id)?.incarnation ?? 0;
  const tokenOf = (id: string) => credentials.tokens.forAgent(id, startOf(id));
  context.addresses.dialBy(createDialTunnel({ tunnels, tokenOf, ownUrl: () => context.ownUrl }));
  const parts = await startFleetParts(context, store, credentials, presence);
  const jobs = await startJobs(context, store, credentials, parts.registry);
  stops.push(() => jobs.stop());
  const placements = startPlacements(context, store, credentials, parts.registry, jobs);
  stops.push(() => placements.stop());
  const kept = await openBodies(context, store);
  const server = wireServer(context, store, credentials, { ...parts, jobs, placements, tunnels, kept });
  const url = await listen(server, { ...config, isSecure: tls !== undefined });
  context.ownUrl = config.advertise ?? url;
  if (tls) stops.push(tls.follow(server));
  stops.push(() => closeServer(server, config.drainTimeoutMs, clock));
  stops.push(() => parts.dashboard.close());
  // Before the server waits for what streams: pulls that are followed would hold it up, and their jobs go on elsewhere.
  stops.push(() => jobs.stop());
  if (Object.keys(config.ollamaUrls).length > 0) {
    const joinToken = credentials.joinToken.forHostedAgents;
    // The certificate is for the name that others use.
    const coordinatorUrl = tls && config.advertise !== undefined ? config.advertise : url;
    const hosted = startHostedAgents({ config, coordinatorUrl, joinToken, redis, keys, replicaId, clock, log });
    stops.push(() => hosted.stop());
  }
  stops.push(await tellNetwork({ config, url, clock, log: log.child({ part: 'discovery' }) }));
  log.info({ url, replica: replicaId, balancers: parts.balancing.profile(), keys: credentials.keysOn }, 'coordinator ready');
  return { url, shownOnce: credentials.shownOnce };
}
