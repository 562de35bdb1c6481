import type { Handler, Route } from '../http/router.js';
import type { ServerContext } from '../server-context.js';
import { headBlobRoute, postBlobRoute } from './blobs.js';
import { chatRoute, generateRoute } from './completions.js';
import { embeddingsRoute, embedRoute, v1EmbeddingsRoute } from './embeddings.js';
import { imagesRoute, transcriptionsRoute } from './media.js';
import { copyRoute, createRoute, deleteRoute, pushRoute } from './model-changes.js';
import { psRoute, showRoute, tagsRoute, v1ModelRoute, v1ModelsRoute } from './model-lists.js';
import { pullRoute } from './pull.js';
import { refuse } from './read-body.js';
import { chatCompletionsRoute, messagesRoute, responsesRoute, textCompletionsRoute } from './v1-completions.js';

/** The routes whose requests take a runner. */
export const INFERENCE_PATHS: ReadonlySet<string> = new Set([
  '/api/generate',
  '/api/chat',
  '/api/embed',
  '/api/embeddings',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/responses',
  '/v1/messages',
  '/v1/audio/transcriptions',
  '/v1/images/generations',
  '/v1/images/edits',
]);

/** Every route of Ollama 0.32.15, and those that an older one had; see routesOfVersion(). */
export function routeTable(server: ServerContext): readonly Route[] {
  const root: Handler = (exchange) => exchange.send(200, 'Ollama is running', 'text/plain; charset=utf-8');
  const version: Handler = (exchange) => exchange.json(200, { version: server.version });
  const tags = tagsRoute(server);
  return [
    ['GET', '/', root],
    ['HEAD', '/', root],
    ['GET', '/api/version', version],
    ['HEAD', '/api/version', version],
    ['GET', '/api/tags', tags],
    ['HEAD', '/api/tags', tags],
    ['GET', '/api/status', (exchange) => exchange.json(200, { cloud: { disabled: true, source: 'env' } })],
    ['GET', '/api/ps', psRoute(server)],
    ['GET', '/api/experimental/model-recommendations', recommendations],
    ['GET', '/v1/models', v1ModelsRoute(server)],
    ['GET', '/v1/models/:model', v1ModelRoute(server)],
    ['POST', '/api/pull', pullRoute(server)],
    ['POST', '/api/push', pushRoute(server)],
    ['POST', '/api/show', showRoute(server)],
    ['POST', '/api/create', createRoute(server)],
    ['POST', '/api/copy', copyRoute(server)],
    ['DELETE', '/api/delete', deleteRoute(server)],
    ['POST', '/api/generate', generateRoute(server)],
    ['POST', '/api/chat', chatRoute(server)],
    ['POST', '/api/embed', embedRoute(server)],
    ['POST', '/api/embeddings', embeddingsRoute(server)],
    ['POST', '/v1/chat/completions', chatCompletionsRoute(server)],
    ['POST', '/v1/completions', textCompletionsRoute(server)],
    ['POST', '/v1/embeddings', v1EmbeddingsRoute(server)],
    ['POST', '/v1/responses', responsesRoute(server)],
    ['POST', '/v1/messages', messagesRoute(server)],
    ['POST', '/v1/audio/transcriptions', transcriptionsRoute(server)],
    ['POST', '/v1/images/generations', imagesRoute(server)],
    ['POST', '/v1/images/edits', imagesRoute(server)],
    ['HEAD', '/api/blobs/:digest', headBlobRoute(server)],
    ['POST', '/api/blobs/:digest', postBlobRoute(server)],
    ['POST', '/api/me', refusing(503, 'account unavailable')],
    ['POST', '/api/signout', refusing(500, 'there was an error signing out')],
    ['DELETE', '/api/user/keys/:key', refusing(500, 'there was an error signing out')],
    ['POST', '/api/experimental/web_search', refusing(403, 'ollama cloud is disabled: web search is unavailable')],
    ['POST', '/api/experimental/web_fetch', refusing(403, 'ollama cloud is disabled: web fetch is unavailable')],
  ];
}

const recommendations: Handler = (exchange) =>
  exchange.json(200, {
    recommendations: [
      { model: 'example:cloud', description: 'A model that is not here', context_length: 262_144, max_output_tokens: 262_144 },
    ],
  });

function refusing(status: number, message: string): Handler {
  return (exchange) => refuse(exchange, 'ollama', status, message);
}
