import { parseModelName } from '@ollama-coordinator/common';
import { MANIFEST_LIMIT_BYTES, parseManifest, type StoredLayer } from './stored-model.js';

const WITHIN_MS = 5000;
const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

/**
 * What a registry would send, looked up before Ollama begins. Undefined where it does not tell (no such model, a login is needed, no way to
 * it from here): Ollama then finds out by itself. Never rejects.
 */
export async function registryLayers(model: string, insecure: boolean, signal: AbortSignal): Promise<readonly StoredLayer[] | undefined> {
  const name = parseModelName(model);
  if (!name) return undefined;
  const scheme = insecure || model.startsWith('http://') ? 'http' : 'https';
  const url = `${scheme}://${name.host}/v2/${name.namespace}/${name.model}/manifests/${name.tag}`;
  try {
    const until = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]);
    const response = await fetch(url, { headers: { accept: MANIFEST_TYPE }, redirect: 'error', signal: until });
    const length = Number(response.headers.get('content-length') ?? 0);
    if (!response.ok || length > MANIFEST_LIMIT_BYTES) {
      await response.body?.cancel();
      return undefined;
    }
    return parseManifest(name, Buffer.from(await response.arrayBuffer()))?.layers;
  } catch {
    return undefined;
  }
}
