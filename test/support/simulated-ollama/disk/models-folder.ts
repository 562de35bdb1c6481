import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ModelSpec } from '#simulator/ollama/model.js';
import type { RegistryManifest } from '../../registry/registry-content.js';

export interface StoredModel extends ModelSpec {
  readonly modifiedAt: string;
}

export type ModelsFolder = ReturnType<typeof createModelsFolder>;

/**
 * The folder that OLLAMA_MODELS names, as Ollama 0.11.4 lays it out: `manifests/<host>/<namespace>/<model>/<tag>` and
 * `blobs/sha256-<hex>`. A model is there when its manifest is; its digest is that of the manifest's bytes. Names are full ones.
 */
export function createModelsFolder(folder: string) {
  const manifests = join(folder, 'manifests');
  const blobs = join(folder, 'blobs');
  mkdirSync(manifests, { recursive: true });
  mkdirSync(blobs, { recursive: true });

  const manifestPath = (fullName: string) => join(manifests, ...fullName.replace(/:([^:/]*)$/, '/$1').split('/'));
  const blobPath = (digest: string) => join(blobs, digest.replace(':', '-'));
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as RegistryManifest;
  const usedBlobs = () => new Set(manifestFiles(manifests).flatMap((path) => layersOf(read(path)).map(({ digest }) => digest)));

  function stored(path: string): StoredModel {
    const bytes = readFileSync(path);
    const manifest = JSON.parse(bytes.toString()) as RegistryManifest;
    return {
      name: shortName(path.slice(manifests.length + 1)),
      digest: createHash('sha256').update(bytes).digest('hex'),
      sizeBytes: layersOf(manifest).reduce((sum, { size }) => sum + size, 0),
      modifiedAt: statSync(path).mtime.toISOString(),
    };
  }

  return {
    blobPath,
    list: (): StoredModel[] => manifestFiles(manifests).map(stored),
    find: (fullName: string): StoredModel | undefined => (existsSync(manifestPath(fullName)) ? stored(manifestPath(fullName)) : undefined),
    hasBlob: (digest: string): boolean => existsSync(blobPath(digest)),
    addBlob: (digest: string, content: Buffer): void => writeFileSync(blobPath(digest), content),
    addManifest(fullName: string, manifest: RegistryManifest): void {
      mkdirSync(dirname(manifestPath(fullName)), { recursive: true });
      writeFileSync(manifestPath(fullName), JSON.stringify(manifest));
    },
    copy(source: string, destination: string): void {
      mkdirSync(dirname(manifestPath(destination)), { recursive: true });
      copyFileSync(manifestPath(source), manifestPath(destination));
    },
    /** The manifest, and the blobs that no other one names. False where there is none. */
    remove(fullName: string): boolean {
      const path = manifestPath(fullName);
      if (!existsSync(path)) return false;
      const layers = layersOf(read(path));
      rmSync(path);
      const used = usedBlobs();
      for (const { digest } of layers) if (!used.has(digest)) rmSync(blobPath(digest), { force: true });
      return true;
    },
  };
}

export function layersOf({ layers, config }: RegistryManifest): readonly RegistryManifest['config'][] {
  return [...layers, config];
}

/** Those that are four levels deep; Ollama ignores others. */
function manifestFiles(manifests: string): string[] {
  return readdirSync(manifests, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.slice(manifests.length + 1).split('/').length === 4);
}

function shortName(path: string): string {
  const [host = '', namespace = '', model = '', tag = ''] = path.split('/');
  const name = `${model}:${tag}`;
  if (host !== 'registry.ollama.ai') return `${host}/${namespace}/${name}`;
  return namespace === 'library' ? name : `${namespace}/${name}`;
}
