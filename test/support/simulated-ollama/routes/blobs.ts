import type { Handler } from '../http/router.js';
import type { ServerContext } from '../server-context.js';
import { refuse } from './read-body.js';

const isDigest = (digest: string) => /^sha256[:-][0-9a-fA-F]{64}$/.test(digest);

/** HEAD /api/blobs/:digest */
export const headBlobRoute =
  (server: ServerContext): Handler =>
  (exchange) => {
    const digest = exchange.params.digest ?? '';
    if (!isDigest(digest)) return refuse(exchange, 'ollama', 400, 'invalid digest format');
    if (server.models.hasBlob(digest)) return exchange.send(200, '');
    const name = digest.replace(':', '-');
    refuse(exchange, 'ollama', 404, `stat store/blobs/${name}: no such file`);
  };

/** POST /api/blobs/:digest */
export const postBlobRoute =
  (server: ServerContext): Handler =>
  (exchange) => {
    const digest = exchange.params.digest ?? '';
    if (!isDigest(digest)) return refuse(exchange, 'ollama', 400, 'invalid digest format');
    if (server.models.hasBlob(digest)) return exchange.send(200, '');
    const real = server.models.addBlob(digest, exchange.body);
    if (real === digest) exchange.send(201, '');
    else refuse(exchange, 'ollama', 400, `digest mismatch, expected "${digest}", got "${real}"`);
  };
