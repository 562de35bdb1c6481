import type { Server } from 'node:http';
import { createRetryBudget } from '../admission/retry-budget.js';
import type { Credentials } from '../credentials/open-credentials.js';
import { createForwarding } from '../forwarding/create-forwarding.js';
import { createApiApp } from '../http/api-app.js';
import { createAgentHandlers, createHandleHeartbeat } from '../http/handlers/agent-handlers.js';
import { createCoordinatorHandlers } from '../http/handlers/coordinator-handlers.js';
import { createExplainHandler } from '../http/handlers/explain-handler.js';
import { createHistoryHandlers } from '../http/handlers/history-handlers.js';
import { createJobHandlers } from '../http/handlers/job-handlers.js';
import { createPlacementHandlers } from '../http/handlers/placement-handlers.js';
import { createSettingsHandlers } from '../http/handlers/settings-handlers.js';
import { createSpeedsHandler } from '../http/handlers/speeds-handler.js';
import { createHeldBodies } from '../http/held-bodies.js';
import { createHttpServer } from '../http/server.js';
import type { Jobs } from '../jobs/create-jobs.js';
import { createHandleInference } from '../pipeline/handle-inference.js';
import type { Placements } from '../placement/placements.js';
import { isWorkingOn } from '../registry/is-working-on.js';
import { createOptionPolicy } from '../routing/option-policy.js';
import type { Store } from '../store/open-store.js';
import type { AgentTunnels } from '../tunnel/agent-tunnels.js';
import { coordinatorVersion } from '../version.js';
import type { Bodies } from './open-bodies.js';
import type { PartContext } from './part-context.js';
import type { FleetParts } from './start-fleet-parts.js';
import { wireDoor } from './wire-door.js';
import { wireLiveRequests } from './wire-live-requests.js';
import { wireRecording } from './wire-recording.js';
import { wireTunnels } from './wire-tunnels.js';
import { wireVerbs } from './wire-verbs.js';

interface Others {
  readonly jobs: Jobs;
  readonly placements: Placements;
  readonly tunnels: AgentTunnels;
  readonly kept: Bodies;
}

/** The HTTP server with every route's handler behind it; it does not listen yet. */
export function wireServer(context: PartContext, store: Store, credentials: Credentials, parts: FleetParts & Others): Server {
  const { config, log, clock, replicaId, stops } = context;
  const { tokens } = credentials;
  const { metrics, registry, history, learned, settings, balancing, lines, limits, jobs, dashboard, kept } = parts;
  const door = wireDoor(context, credentials, parts);
  const forwarding = createForwarding({ clock, addresses: context.addresses });
  stops.push(() => forwarding.close());
  const recording = wireRecording(context, parts);
  const { forward } = forwarding;
  const retries = createRetryBudget({ clock });
  const bodies = createHeldBodies({ limitBytes: config.bodyLimitBytes, memoryBytes: config.bodyMemoryBytes });
  const queue = wireLiveRequests(context, store, { ...parts, retries });
  const { handleVerb, unload, routing, registries } = wireVerbs(context, store, credentials, parts, forwarding.pool);
  const tunnelSockets = wireTunnels(context, credentials, parts);
  const handlers = {
    ...wireAgentHandlers(context, credentials, parts),
    ...createCoordinatorHandlers({
      registry,
      metrics,
      lines,
      balancing,
      replicaId,
      version: coordinatorVersion(),
      isStopping: () => context.isStopping,
      droppedRecords: history.dropped,
      bodyBytes: bodies.heldBytes,
    }),
    ...createHistoryHandlers({ fleet: registry, history, bodies: kept.store, clock }),
    ...createSettingsHandlers({ settings }),
    ...createExplainHandler({ balancing, routing, expectations: learned }),
    ...createSpeedsHandler({ fleet: registry, expectations: learned }),
    ...createPlacementHandlers({ placements: parts.placements, registries }),
    ...createJobHandlers({ jobs, registries }),
    ...queue.handlers,
    ...door.handlers,
    dashboard: dashboard.servePage,
  };
  return createHttpServer({
    ...door.door,
    tls: context.tls,
    handleVerb,
    handleInference: createHandleInference({
      settings: settings.values,
      bodies,
      keepBodies: kept.keep,
      beginRecord: recording.begin,
      limits,
      expectations: learned,
      routing,
      limitOptions: createOptionPolicy(config),
      unload,
      onAttempt: (attempt) => {
        history.appendAttempt(attempt);
        learned.attempted(attempt);
      },
      replicaId,
      balancing,
      lines,
      retries,
      live: queue.live,
      isWorking: (id, signature) => isWorkingOn(registry.snapshot().agents.get(id), replicaId, signature),
      forward,
      tokens,
      clock,
    }),
    handleHeartbeat: createHandleHeartbeat({ registry, tokens }),
    handleApi: createApiApp(handlers, log),
    upgrades: { dashboard: dashboard.handleUpgrade, tunnel: tunnelSockets.accept, relay: tunnelSockets.relay },
    clock,
    log,
  });
}

function wireAgentHandlers(
  { config, addresses }: PartContext,
  { tokens, admitAgent, signingKey }: Credentials,
  { registry, history }: Pick<FleetParts, 'registry' | 'history'>,
) {
  const { publicKey } = signingKey;
  return createAgentHandlers({ registry, history, tokens, admitAgent, addresses, publicKey, agentTtlMs: config.agentTtlMs });
}
