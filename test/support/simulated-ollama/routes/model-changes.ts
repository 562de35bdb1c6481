import { goJson } from '../http/exchange.js';
import type { Handler } from '../http/router.js';
import { isModelName } from '../model-store.js';
import type { ServerContext } from '../server-context.js';
import { answerProgress } from './progress.js';
import { pullRecords, unreachableRegistry } from './pull.js';
import { readBody, record, refuse, text } from './read-body.js';

const MODEL = { model: 'string', name: 'string', stream: 'bool' } as const;

/** POST /api/copy */
export const copyRoute =
  (server: ServerContext): Handler =>
  (exchange) => {
    const body = readBody(exchange, 'ollama', { struct: 'CopyRequest', fields: { source: 'string', destination: 'string' } });
    if (body === undefined) return;
    const [source, destination] = [text(body.source), text(body.destination)];
    if (source === '' || !isModelName(source)) return refuse(exchange, 'ollama', 400, `source "${source}" is invalid`);
    if (destination === '' || !isModelName(destination)) return refuse(exchange, 'ollama', 400, `destination "${destination}" is invalid`);
    const model = server.models.find(source);
    if (model === undefined) return refuse(exchange, 'ollama', 404, `model "${source}" not found`);
    server.models.copy(model, destination);
    exchange.send(200, '');
  };

/** DELETE /api/delete */
export const deleteRoute =
  (server: ServerContext): Handler =>
  (exchange) => {
    const body = readBody(exchange, 'ollama', { struct: 'DeleteRequest', fields: MODEL });
    if (body === undefined) return;
    const name = text(body.model) || text(body.name);
    if (name === '') return refuse(exchange, 'ollama', 400, 'model is required');
    const model = server.models.find(name);
    if (model === undefined) return refuse(exchange, 'ollama', 404, `model '${name}' not found`);
    server.models.remove(name);
    server.scheduler.expire(model);
    exchange.send(200, '');
  };

/** POST /api/create: from a model that is there, or from blobs */
export const createRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'ollama', { struct: 'CreateRequest', fields: { ...MODEL, from: 'string' } });
    if (body === undefined) return;
    const name = text(body.model) || text(body.name);
    if (name === '' || !isModelName(name)) return refuse(exchange, 'ollama', 400, 'invalid model name');
    const from = text(body.from);
    const files = Object.values(record(body.files)).map(text);
    if (from === '' && files.length === 0) {
      const wrong = { error: "neither 'from' or 'files' was specified" };
      return exchange.send(400, goJson(wrong), 'application/json', { 'transfer-encoding': 'chunked' });
    }
    const source = server.models.find(from);
    if (from !== '' && source === undefined)
      return await answerProgress(exchange, pullRecords(server, exchange, from, 'https'), body.stream !== false);
    const digest = source?.digest ?? (files[0] ?? '').replace('sha256:', '');
    server.models.add({ ...source, name, digest });
    const records = [{ status: `using existing layer sha256:${digest}` }, { status: 'writing manifest' }, { status: 'success' }];
    await answerProgress(exchange, records, body.stream !== false);
  };

/** POST /api/push: there is no registry to push to. */
export const pushRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body = readBody(exchange, 'ollama', { struct: 'PushRequest', fields: MODEL });
    if (body === undefined) return;
    const name = text(body.model) || text(body.name);
    if (name === '') return refuse(exchange, 'ollama', 400, 'model is required');
    const missing = `open ./store/manifests/registry.ollama.ai/library/${name.replace(/:.*$/, '')}/latest: no such file or directory`;
    const outcome =
      server.models.find(name) === undefined
        ? [{ status: "couldn't retrieve manifest" }, { error: missing }]
        : [{ error: unreachableRegistry(name, 'https') }];
    await answerProgress(exchange, [{ status: 'retrieving manifest' }, ...outcome], body.stream !== false);
  };
