import type { Exchange } from '../http/exchange.js';
import type { Handler } from '../http/router.js';
import { fullModelName, isModelName } from '../model-store.js';
import type { ServerContext } from '../server-context.js';
import { answerProgress, type ProgressRecord } from './progress.js';
import { readBody, refuse, text } from './read-body.js';

const STEP_MS = 100;

/** POST /api/pull */
export const pullRoute =
  (server: ServerContext): Handler =>
  async (exchange) => {
    const fields = { model: 'string', name: 'string', stream: 'bool', insecure: 'bool' } as const;
    const body = readBody(exchange, 'ollama', { struct: 'PullRequest', fields });
    if (body === undefined) return;
    const name = text(body.model) || text(body.name);
    if (name === '' || !isModelName(name)) return refuse(exchange, 'ollama', 400, 'invalid model name');
    const scheme = body.insecure === true || name.startsWith('http://') ? 'http' : 'https';
    await answerProgress(exchange, pullRecords(server, exchange, name, scheme), body.stream !== false);
  };

/** What a pull reports, at the pace of `pullBytesPerS`. The model is there once the whole of it was fetched. */
export async function* pullRecords(
  server: ServerContext,
  exchange: Exchange,
  name: string,
  scheme: string,
): AsyncGenerator<ProgressRecord> {
  const fullName = fullModelName(name);
  const registry = fullName.startsWith('registry.ollama.ai/') ? server.registry : `${scheme}://${fullName.split('/')[0]}`;
  if (server.pullFromRegistry !== undefined && registry !== undefined && exchange.fault?.kind !== 'disk-full') {
    return yield* server.pullFromRegistry({ fullName, registry, left: exchange.left });
  }
  yield { status: 'pulling manifest' };
  const model = server.models.findRemote(name);
  if (model === undefined) {
    const named = fullModelName(name).startsWith('registry.ollama.ai/');
    yield { error: named ? 'pull model manifest: file does not exist' : `pull model manifest: ${unreachableRegistry(name, scheme)}` };
    return;
  }
  const layer = { status: `pulling ${model.digest.slice(0, 12)}`, digest: `sha256:${model.digest}`, total: model.sizeBytes };
  const present = server.models.find(name) !== undefined;
  for (let completed = present ? model.sizeBytes : 0; completed < model.sizeBytes; ) {
    await new Promise<void>((resolve) => server.clock.setTimeout(resolve, STEP_MS));
    if (exchange.left.aborted) return;
    completed = Math.min(model.sizeBytes, completed + Math.ceil((server.pullBytesPerS * STEP_MS) / 1000));
    if (exchange.fault?.kind === 'disk-full') {
      yield { error: `write ./store/blobs/sha256-${model.digest}-partial: no space left on device` };
      return;
    }
    yield { ...layer, completed };
  }
  if (present) yield { ...layer, completed: model.sizeBytes };
  yield { status: 'verifying sha256 digest' };
  yield { status: 'writing manifest' };
  if (!present) server.models.add({ ...model, name });
  yield { status: 'success' };
}

/** What is said when the registry that a name carries does not answer: `host:port/namespace/model`. */
export function unreachableRegistry(name: string, scheme: string): string {
  const [host = '', ...rest] = fullModelName(name).split('/');
  const [repository = '', tag = 'latest'] = rest.join('/').split(':');
  return `Get "${scheme}://${host}/v2/${repository}/manifests/${tag}": dial tcp ${host}: connect: connection refused`;
}
