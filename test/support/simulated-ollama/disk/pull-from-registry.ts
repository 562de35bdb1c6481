import type { RegistryManifest } from '../../registry/registry-content.js';
import type { ProgressRecord } from '../routes/progress.js';
import { createBlobDownloads, type Download } from './blob-downloads.js';
import { layersOf, type ModelsFolder } from './models-folder.js';

const TICK_MS = 60;

export interface RegistryPull {
  /** `registry.ollama.ai/library/tiny:latest`. */
  readonly fullName: string;
  /** The registry's address, as `http://127.0.0.1:5000`. */
  readonly registry: string;
  readonly left: AbortSignal;
}

/** What a pull of Ollama 0.11.4 does and says, with a models folder on disk. */
export function createRegistryPulls(folder: ModelsFolder) {
  const downloads = createBlobDownloads(folder);

  return async function* pull({ fullName, registry, left }: RegistryPull): AsyncGenerator<ProgressRecord> {
    yield { status: 'pulling manifest' };
    const [, repository = '', tag = ''] = /^[^/]+\/(.+):([^:/]+)$/.exec(fullName) ?? [];
    const address = `${registry}/v2/${repository}`;
    const found = await fetchManifest(`${address}/manifests/${tag}`, left);
    if ('error' in found) return yield { error: `pull model manifest: ${found.error}` };
    for (const { digest, size } of layersOf(found.manifest)) {
      const status = { status: `pulling ${digest.slice(7, 19)}`, digest, total: size };
      if (folder.hasBlob(digest)) {
        yield { ...status, completed: size };
        continue;
      }
      const download = downloads.join(digest, size, `${address}/blobs/${digest}`);
      try {
        while (!(await settlesWithin(download, TICK_MS))) {
          if (left.aborted) return;
          yield { ...status, completed: download.completed() };
        }
      } finally {
        download.leave();
      }
      const error = download.error();
      if (error !== undefined) return yield { error };
    }
    yield { status: 'verifying sha256 digest' };
    for (const { digest } of layersOf(found.manifest)) {
      const error = downloads.verify(digest);
      if (error !== undefined) return yield { error };
    }
    yield { status: 'writing manifest' };
    folder.addManifest(fullName, found.manifest);
    yield { status: 'success' };
  };
}

async function fetchManifest(url: string, signal: AbortSignal): Promise<{ manifest: RegistryManifest } | { error: string }> {
  try {
    const response = await fetch(url, { signal });
    if (response.status === 404) return { error: 'file does not exist' };
    if (!response.ok) return { error: `${response.status}: ${await response.text()}` };
    return { manifest: (await response.json()) as RegistryManifest };
  } catch {
    return { error: `Get "${url}": dial tcp ${new URL(url).host}: connect: connection refused` };
  }
}

async function settlesWithin(download: Download, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tick = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = await Promise.race([download.done.then(() => true), tick]);
  clearTimeout(timer);
  return settled;
}
