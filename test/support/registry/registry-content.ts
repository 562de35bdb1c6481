import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RegistryLayer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** As Ollama's registry has it. */
export interface RegistryManifest {
  readonly schemaVersion: number;
  readonly mediaType: string;
  readonly config: RegistryLayer;
  readonly layers: readonly RegistryLayer[];
}

export interface SyntheticModel {
  /** As `tiny`, `library/tiny` or `library/tiny:latest`. */
  readonly name: string;
  readonly sizeBytes?: number;
  /** Another text makes other weights, so the same name another digest. */
  readonly seed?: string;
}

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
const BLOCK_BYTES = 65_536;

export type RegistryContent = ReturnType<typeof createRegistryContent>;

/** What a registry holds: manifests by repository and tag, blobs by digest. */
export function createRegistryContent() {
  const manifests = new Map<string, Buffer>();
  const blobs = new Map<string, Buffer>();

  function addBlob(mediaType: string, content: Buffer): RegistryLayer {
    const digest = `sha256:${sha256(content)}`;
    blobs.set(digest, content);
    return { mediaType, digest, size: content.length };
  }

  return {
    manifest: (repository: string, tag: string): Buffer | undefined => manifests.get(`${repository}:${tag}`),
    blob: (digest: string): Buffer | undefined => blobs.get(digest),
    /** Weights of that size, a template, parameters and a config. */
    addSynthetic({ name, sizeBytes = 1_000_000, seed = name }: SyntheticModel): RegistryManifest {
      const layers = [
        addBlob('application/vnd.ollama.image.model', syntheticBytes(seed, sizeBytes)),
        addBlob('application/vnd.ollama.image.template', Buffer.from(`{{ .Prompt }} ${seed}`)),
        addBlob('application/vnd.ollama.image.params', Buffer.from('{"stop":["<end>"]}')),
      ];
      const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
      const facts = { model_format: 'gguf', model_family: 'llama', model_families: ['llama'], model_type: '1.43M', file_type: 'F16' };
      const config = addBlob(
        'application/vnd.docker.container.image.v1+json',
        Buffer.from(JSON.stringify({ ...facts, architecture: 'amd64', os: 'linux', rootfs })),
      );
      const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers };
      manifests.set(repositoryAndTag(name), Buffer.from(JSON.stringify(manifest)));
      return manifest;
    },
    /** A model of a real Ollama's models folder, under the name it has there. */
    addFromFolder(folder: string, name: string): RegistryManifest {
      const [repository = '', tag = ''] = repositoryAndTag(name).split(':');
      const bytes = readFileSync(join(folder, 'manifests', 'registry.ollama.ai', ...repository.split('/'), tag));
      const manifest = JSON.parse(bytes.toString()) as RegistryManifest;
      for (const { digest } of [manifest.config, ...manifest.layers])
        blobs.set(digest, readFileSync(join(folder, 'blobs', digest.replace(':', '-'))));
      manifests.set(`${repository}:${tag}`, bytes);
      return manifest;
    },
  };
}

/** `tiny` → `library/tiny:latest`. */
function repositoryAndTag(name: string): string {
  const full = name.includes('/') ? name : `library/${name}`;
  return full.includes(':') ? full : `${full}:latest`;
}

/** Bytes that differ from place to place, so that a piece at the wrong place shows. The same for the same seed. */
function syntheticBytes(seed: string, sizeBytes: number): Buffer {
  const block = Buffer.concat(
    Array.from({ length: BLOCK_BYTES / 32 }, (_, index) => createHash('sha256').update(`${seed} ${index}`).digest()),
  );
  const bytes = Buffer.alloc(sizeBytes, block);
  for (let start = 0; start + 4 <= sizeBytes; start += BLOCK_BYTES) bytes.writeUInt32LE(start / BLOCK_BYTES, start);
  return bytes;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
