import { AppError, type Clock, normalizeModelName } from '@ollama-coordinator/common';
import { narrowFleet } from '../../credentials/narrow-fleet.js';
import { isNarrowed } from '../../credentials/permissions.js';
import { createFleetLists, type FleetLists } from '../../fleet/fleet-lists.js';
import type { VariantPolicy } from '../../fleet/variant-policy.js';
import type { FleetSnapshot, FleetView } from '../../registry/fleet-snapshot.js';
import type { Aliases } from '../../routing/aliases.js';
import type { VerbHandlers } from '../handle-verb.js';
import type { RequestContext } from '../request-context.js';
import { JSON_TYPE, PLAIN_JSON_TYPE, sendJson, sendText } from '../send-json.js';

/** Accounts belong to machines; the fleet has none. */
const NO_ACCOUNT = 'no account is signed in here; run "ollama signin" on the machine itself';
const CLOUD_ROUTES: Readonly<Record<string, string>> = {
  '/api/experimental/web_search': 'web search is unavailable',
  '/api/experimental/web_fetch': 'web fetch is unavailable',
};

type ListHandlerName = 'root' | 'version' | 'status' | 'tags' | 'ps' | 'openaiModels' | 'openaiModel' | 'noCloud';

export interface ListHandlersDeps {
  readonly lists: FleetLists;
  readonly fleet: Pick<FleetView, 'snapshot'>;
  readonly aliases: Aliases;
  readonly clock: Pick<Clock, 'now'>;
  readonly policy: VariantPolicy;
}

/** What the fleet answers as one Ollama without asking an agent. */
export function createListHandlers({ lists, fleet, aliases, clock, policy }: ListHandlersDeps): Pick<VerbHandlers, ListHandlerName> {
  const listsFor = ({ caller }: RequestContext): FleetLists =>
    isNarrowed(caller) ? listsOf(narrowFleet(fleet.snapshot(), caller), clock, policy) : lists;
  return {
    root: (context) => sendText(context, 200, 'Ollama is running', 'text/plain; charset=utf-8'),
    version: (context) => sendJson(context, 200, { version: listsFor(context).version() }),
    status: (context) => sendJson(context, 200, { cloud: { disabled: true, source: 'config' } }),
    tags: (context) => sendText(context, 200, listsFor(context).tags(wantsAgents(context), aliases.listFor(context.caller))),
    ps: (context) => sendText(context, 200, listsFor(context).runners(wantsAgents(context)), JSON_TYPE),
    openaiModels: (context) => sendText(context, 200, listsFor(context).openaiModels(aliases.listFor(context.caller)), PLAIN_JSON_TYPE),
    openaiModel: (context) => {
      const asked = decodeName(context.params.model ?? '');
      const name = normalizeModelName(asked);
      const model = listsFor(context).openaiModel(asked, aliases.find(name, context.caller));
      if (!model) throw new AppError('UNKNOWN_MODEL', { details: { model: asked, sentence: `model '${name}' not found` } });
      sendText(context, 200, `${JSON.stringify(model)}\n`, PLAIN_JSON_TYPE);
    },
    noCloud: ({ path }) => {
      throw new AppError('NO_CLOUD', { details: { what: CLOUD_ROUTES[path] ?? NO_ACCOUNT } });
    },
  };
}

/** The lists of one moment, for a caller who sees a part of the fleet. */
function listsOf(snapshot: FleetSnapshot, clock: Pick<Clock, 'now'>, policy: VariantPolicy): FleetLists {
  return createFleetLists({ fleet: { snapshot: () => snapshot, onChange: () => () => {}, onEvent: () => () => {} }, clock, policy });
}

/** `?agents=1` asks for where things are. */
function wantsAgents({ query }: RequestContext): boolean {
  if (query === '') return false;
  const value = new URLSearchParams(query).get('agents');
  return value !== null && value !== '0' && value !== 'false';
}

function decodeName(sent: string): string {
  try {
    return decodeURIComponent(sent);
  } catch {
    return sent;
  }
}
