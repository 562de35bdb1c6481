import type { Agent as ConnectionPool, Server } from 'node:http';
import type { AppError, RegisterResponse } from '@ollama-coordinator/common';
import { composeHeartbeat, composeRegistration, type ReportSources } from './compose-reports.js';
import { chooseListenHost } from './coordinator/advertise.js';
import { createCoordinatorPool } from './coordinator/coordinator-pool.js';
import { Membership } from './coordinator/membership.js';
import { pinCoordinatorKey } from './coordinator/pinned-keys.js';
import type { OllamaSide } from './ollama-side.js';
import type { RunningAgentDeps } from './running-agent-deps.js';
import { createAgentServer } from './server/agent-server.js';
import { createCopyCheck } from './server/copy-check.js';
import { ollamaAddress } from './server/forward.js';
import { HeldUp } from './server/held-up.js';
import { type AgentTls, openTls } from './server/open-tls.js';
import { createTokenCheck } from './server/token-check.js';
import { AgentTunnel } from './tunnel/agent-tunnel.js';
import { Reach } from './tunnel/reach.js';

/** The parts of an agent that face the coordinator: its place in the fleet, the server that is called, and the ways in. */
export interface CoordinatorSide {
  readonly membership: Membership;
  /** Undefined: plain HTTP. */
  readonly tls: AgentTls | undefined;
  readonly server: Server;
  readonly heldUp: HeldUp;
  /** Connections of the tunnel. */
  readonly pool: ConnectionPool;
  readonly tunnel: AgentTunnel;
  readonly reach: Reach;
}

/** What happens there that the rest of the agent has to follow. */
export interface CoordinatorEvents {
  readonly readSources: () => ReportSources;
  readonly onRegistered: () => void;
  /** What the coordinator wants, with each heartbeat that it answers. */
  readonly onDraining: (draining: boolean) => void;
  readonly onSuperseded: (error: AppError) => void;
}

export function createCoordinatorSide(deps: RunningAgentDeps, ollama: OllamaSide, events: CoordinatorEvents): CoordinatorSide {
  const { config, identity, log, clock, tracing } = deps;
  const { ollamaUrl } = config;
  const { gate, watches, monitor, keeper, models } = ollama;
  const tokens = createTokenCheck({ ...identity, clock });
  const copies = createCopyCheck({ ...identity, clock });
  const accept = async ({ coordinator_key: key }: RegisterResponse) => {
    await pinCoordinatorKey({ dataDir: config.dataDir, coordinatorUrl: config.coordinatorUrl, key, log });
    await Promise.all([tokens.useKey(key), copies.useKey(key)]);
  };
  const membership = new Membership({
    ...deps,
    composeRegistration: () => composeRegistration(events.readSources()),
    composeHeartbeat: () => composeHeartbeat(events.readSources),
    readModels: () => ({ digest: monitor.view.modelsDigest, models: [...monitor.view.models] }),
    accept,
    onRegistered: () => {
      if (!membership.waiting) reach.registered();
      events.onRegistered();
    },
    onApproved: () => reach.registered(),
    onDraining: events.onDraining,
    onSuperseded: events.onSuperseded,
  });
  const heldUp = new HeldUp({ clock });
  const tls = openTls(config, { clock, log });
  const server = createAgentServer({
    tls,
    ...identity,
    ollamaUrl,
    address: ollamaAddress(ollamaUrl),
    pool: ollama.pool,
    gate,
    watches,
    tokens,
    heldUp,
    keeper,
    models,
    copies,
    tracing,
    clock,
    log,
    onOllamaTouched: () => monitor.look(),
  });
  const pool = createCoordinatorPool(config, 0);
  const tunnel = new AgentTunnel({
    ...deps,
    coordinatorUrl: config.coordinatorUrl,
    pool,
    server,
    readToken: () => membership.token,
    onUnknown: () => membership.doubt(),
  });
  const reach = new Reach({ ...deps, listenHost: chooseListenHost(config), tunnel, isWatched: () => watches.replicas.length > 0 });
  return { membership, tls, server, heldUp, pool, tunnel, reach };
}
