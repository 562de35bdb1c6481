import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type Clock,
  type CoordinatorConfig,
  type Logger,
  type Random,
  type SettingOrigins,
  systemClock,
  systemRandom,
} from '@ollama-coordinator/common';
import { openCredentials } from './credentials/open-credentials.js';
import { startHostedAgents } from './fleet/hosted-agents.js';
import { closeServer, listen } from './http/listen.js';
import { startJobs } from './jobs/start-jobs.js';
import { startPlacements } from './placement/start-placements.js';
import { openStore } from './store/open-store.js';
import { announceReplica } from './store/replica-presence.js';
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
  const context: PartContext = { config, origins, log, clock, random, replicaId, stops: [], isStopping: false };

  const stop = async () => {
    context.isStopping = true;
    for (const undo of context.stops.splice(0).reverse()) await undo();
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

async function startParts(context: PartContext): Promise<StartedCoordinator> {
  const { config, log, clock, replicaId, stops } = context;
  const store = await openStore({ config, log, clock });
  stops.push(() => store.close());
  const { redis, keys } = store;
  const credentials = await openCredentials({ config, store, replicaId, clock, log: log.child({ part: 'credentials' }) });
  stops.push(() => credentials.apiKeys.stop());
  const presence = announceReplica({ redis, keys, replicaId, clock });
  stops.push(() => presence.stop());
  const parts = await startFleetParts(context, store, credentials, presence);
  const jobs = await startJobs(context, store, credentials, parts.registry);
  stops.push(() => jobs.stop());
  const placements = startPlacements(context, store, credentials, parts.registry, jobs);
  stops.push(() => placements.stop());
  const server = wireServer(context, store, credentials, { ...parts, jobs, placements });
  const url = await listen(server, config);
  stops.push(() => closeServer(server, config.drainTimeoutMs, clock));
  stops.push(() => parts.dashboard.close());
  // Before the server waits for what streams: pulls that are followed would hold it up, and their jobs go on elsewhere.
  stops.push(() => jobs.stop());
  if (Object.keys(config.ollamaUrls).length > 0) {
    const joinToken = credentials.joinToken.forHostedAgents;
    const hosted = startHostedAgents({ config, coordinatorUrl: url, joinToken, redis, keys, replicaId, clock, log });
    stops.push(() => hosted.stop());
  }
  log.info({ url, replica: replicaId, balancers: parts.balancing.profile(), keys: credentials.keysOn }, 'coordinator ready');
  return { url, shownOnce: credentials.shownOnce };
}
