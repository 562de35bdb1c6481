import { leaseRunner } from '../answer-completion.js';
import type { Exchange } from '../http/exchange.js';
import { PLAIN_JSON_TYPE } from '../http/exchange.js';
import type { Handler } from '../http/router.js';
import type { ServerContext } from '../server-context.js';
import { type Body, readBody, refuse, text } from './read-body.js';

/** POST /v1/audio/transcriptions: says how long the recording is, and the prompt's last character. */
export const transcriptionsRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const form = await readForm(exchange);
    if (form === undefined)
      return refuse(exchange, 'openai', 400, "failed to parse multipart form: request Content-Type isn't multipart/form-data");
    const name = text(form.get('model'));
    if (name === '') return refuse(exchange, 'openai', 400, 'model is required');
    const file = form.get('file');
    if (!(file instanceof Blob)) return refuse(exchange, 'openai', 400, 'file is required: http: no such file');
    const said = `${file.size} bytes, echo-${text(form.get('prompt')).slice(-1)}`;
    await answer(server, exchange, name, { text: said });
  };

/** POST /v1/images/generations and /v1/images/edits: an image of one pixel, however it is described. */
export const imagesRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const body: Body | undefined = readBody(exchange, 'openai', {
      struct: 'ImageGenerationRequest',
      fields: { model: 'string', prompt: 'string' },
    });
    if (body === undefined) return;
    if (text(body.prompt) === '') return refuse(exchange, 'openai', 400, 'prompt is required');
    if (text(body.model) === '') return refuse(exchange, 'openai', 400, 'model is required');
    await answer(server, exchange, text(body.model), {
      created: Math.floor(server.clock.now() / 1000),
      data: [{ b64_json: 'iVBORw0KGgo=' }],
    });
  };

async function readForm({ headers, body }: Exchange): Promise<FormData | undefined> {
  const type = headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return undefined;
  return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => undefined);
}

async function answer(server: ServerContext, exchange: Exchange, name: string, value: object): Promise<void> {
  const model = server.models.find(name);
  if (model === undefined) return refuse(exchange, 'openai', 404, `model '${name}' not found`);
  const fail = (status: number, message: string) => refuse(exchange, 'openai', status, message);
  const lease = await leaseRunner(server, exchange, { model, options: {}, keepAliveMs: undefined }, fail);
  if (lease === undefined) return;
  exchange.json(200, value, PLAIN_JSON_TYPE);
  lease.release();
}
