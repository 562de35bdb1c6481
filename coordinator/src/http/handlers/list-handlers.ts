import { AppError, normalizeModelName } from '@ollama-coordinator/common';
import type { FleetLists } from '../../fleet/fleet-lists.js';
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

/** What the fleet answers as one Ollama without asking an agent. */
export function createListHandlers({ lists }: { readonly lists: FleetLists }): Pick<VerbHandlers, ListHandlerName> {
  return {
    root: (context) => sendText(context, 200, 'Ollama is running', 'text/plain; charset=utf-8'),
    version: (context) => sendJson(context, 200, { version: lists.version() }),
    status: (context) => sendJson(context, 200, { cloud: { disabled: true, source: 'config' } }),
    tags: (context) => sendText(context, 200, lists.tags(wantsAgents(context))),
    ps: (context) => sendText(context, 200, lists.runners(wantsAgents(context)), JSON_TYPE),
    openaiModels: (context) => sendText(context, 200, lists.openaiModels(), PLAIN_JSON_TYPE),
    openaiModel: (context) => {
      const asked = decodeName(context.params.model ?? '');
      const name = normalizeModelName(asked);
      const model = lists.openaiModel(asked, name);
      if (!model) throw new AppError('UNKNOWN_MODEL', { details: { model: asked, sentence: `model '${name}' not found` } });
      sendText(context, 200, `${JSON.stringify(model)}\n`, PLAIN_JSON_TYPE);
    },
    noCloud: ({ path }) => {
      throw new AppError('NO_CLOUD', { details: { what: CLOUD_ROUTES[path] ?? NO_ACCOUNT } });
    },
  };
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
