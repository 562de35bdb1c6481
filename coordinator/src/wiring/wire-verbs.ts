import type { Agent as ConnectionPool } from 'node:http';
import type { Credentials } from '../credentials/open-credentials.js';
import { createRegistryRules, type RegistryRules } from '../credentials/registry-rules.js';
import { createAskAgent } from '../fleet/ask-agent.js';
import { createFleetLists } from '../fleet/fleet-lists.js';
import { createUploadHomes } from '../fleet/upload-homes.js';
import { createVariantPolicy } from '../fleet/variant-policy.js';
import { createModelVerbs } from '../fleet/verbs/create-model-verbs.js';
import { createUnloadModel, type UnloadModel } from '../fleet/verbs/unload-model.js';
import { createHandleVerb, type HandleVerb } from '../http/handle-verb.js';
import { createListHandlers } from '../http/handlers/list-handlers.js';
import { createPullHandler } from '../http/handlers/pull-handler.js';
import type { Jobs } from '../jobs/create-jobs.js';
import { createAliases } from '../routing/aliases.js';
import { createRouting, type Routing } from '../routing/create-routing.js';
import { createPreferVariant } from '../routing/prefer-variant.js';
import { createLookForNumCtx, createRaiseNumCtx } from '../routing/raise-num-ctx.js';
import type { Store } from '../store/open-store.js';
import type { PartContext } from './part-context.js';
import type { FleetParts } from './start-fleet-parts.js';

export interface Verbs {
  readonly handleVerb: HandleVerb;
  readonly unload: UnloadModel;
  readonly routing: Routing;
  readonly registries: RegistryRules;
}

/** Ollama's verbs over the fleet, and what decides where a request may go. `pool`: connections to agents. */
export function wireVerbs(
  { config, log, clock, stops }: PartContext,
  store: Store,
  { tokens }: Credentials,
  { registry, settings, onReloadAvoided, jobs }: FleetParts & { readonly jobs: Jobs },
  pool: ConnectionPool,
): Verbs {
  const aliases = createAliases(settings.values);
  const policy = createVariantPolicy(settings.values);
  const lists = createFleetLists({ fleet: registry, clock, policy });
  const variants = createPreferVariant({ fleet: registry, policy });
  stops.push(() => variants.close());
  const look = createLookForNumCtx(settings.values);
  const routing = createRouting({
    fleet: registry,
    aliases,
    raiseNumCtx: createRaiseNumCtx({ look, onReloadAvoided }),
    lookForNumCtx: look,
    variants,
  });
  stops.push(() => lists.close());
  stops.push(() => routing.close());
  const registries = createRegistryRules(config);
  const deps = {
    ...config,
    registries,
    fleet: registry,
    ask: createAskAgent({ pool, tokens, clock }),
    homes: createUploadHomes(store),
    aliases,
    policy,
    clock,
  };
  const handlers = {
    ...createListHandlers({ lists, fleet: registry, aliases, clock, policy }),
    ...createPullHandler({ jobs, registries, fleet: registry, clock }),
    ...createModelVerbs(deps),
  };
  return { handleVerb: createHandleVerb({ handlers, clock, log }), unload: createUnloadModel(deps), routing, registries };
}
