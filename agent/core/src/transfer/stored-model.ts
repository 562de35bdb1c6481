import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelNameParts, parseModelName } from '@ollama-coordinator/common';
import { z } from 'zod';

const layerSchema = z.object({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number().int().nonnegative(),
});
const manifestSchema = z.object({ config: layerSchema, layers: z.array(layerSchema).max(1000) });
export type StoredLayer = z.output<typeof layerSchema>;

/** A model as Ollama keeps it: `manifests/<host>/<namespace>/<model>/<tag>` names blobs `blobs/sha256-<hex>`. */
export interface StoredModel {
  /** In the case in which its folders are written. */
  readonly name: ModelNameParts;
  /** The manifest's file, byte for byte. */
  readonly bytes: Buffer;
  /** SHA-256 of those bytes, 64 hex digits: what Ollama lists as the model's digest. */
  readonly digest: string;
  /** Each blob once, the config among them. */
  readonly layers: readonly StoredLayer[];
}

/** A longer one is none. */
export const MANIFEST_LIMIT_BYTES = 1_048_576;

/** Undefined where the folder has no such model, or no readable one. Throws what the file system says, as EACCES. */
export async function readStoredModel(folder: string, model: string): Promise<StoredModel | undefined> {
  const wanted = parseModelName(model);
  const name = wanted && (await findName(join(folder, 'manifests'), wanted));
  if (!name) return undefined;
  const path = manifestPath(folder, name);
  if ((await stat(path)).size > MANIFEST_LIMIT_BYTES) return undefined;
  return parseManifest(name, await readFile(path));
}

/** Undefined where the bytes are no manifest. */
export function parseManifest(name: ModelNameParts, bytes: Buffer): StoredModel | undefined {
  const parsed = manifestSchema.safeParse(parseJson(bytes));
  if (!parsed.success) return undefined;
  const { layers, config } = parsed.data;
  const byDigest = new Map([...layers, config].map((layer) => [layer.digest, layer]));
  return { name, bytes, digest: createHash('sha256').update(bytes).digest('hex'), layers: [...byDigest.values()] };
}

export function manifestPath(folder: string, { host, namespace, model, tag }: ModelNameParts): string {
  return join(folder, 'manifests', host, namespace, model, tag);
}

/** `digest` as `sha256:<hex>`. */
export function blobPath(folder: string, digest: string): string {
  return join(folder, 'blobs', digest.replace(':', '-'));
}

/** Size of a file; undefined where there is none. */
export async function sizeOfFile(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Ollama looks names up without regard to case, so their folders may be written in another than was asked for. */
async function findName(manifests: string, wanted: ModelNameParts): Promise<ModelNameParts | undefined> {
  const found: string[] = [];
  for (const part of [wanted.host, wanted.namespace, wanted.model, wanted.tag]) {
    const entries = await readdir(join(manifests, ...found)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw error;
    });
    const entry = entries.find((name) => name === part) ?? entries.find((name) => name.toLowerCase() === part.toLowerCase());
    if (entry === undefined) return undefined;
    found.push(entry);
  }
  const [host = '', namespace = '', model = '', tag = ''] = found;
  return { host, namespace, model, tag };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
