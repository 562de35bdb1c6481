import { createHash } from 'node:crypto';
import { normalizeModelName } from '@ollama-coordinator/common';
import { completeModel, type Model, type ModelSpec } from '#simulator/ollama/model.js';
import type { ModelsFolder } from './disk/models-folder.js';

export type ModelStore = ReturnType<typeof createModelStore>;

/** The models and blobs on the disk of one simulated Ollama. */
export function createModelStore(specs: readonly ModelSpec[], pullable: readonly ModelSpec[], now: () => number, folder?: ModelsFolder) {
  const complete = (spec: ModelSpec) => completeModel(spec, new Date(now()).toISOString());
  const models = new Map(specs.map((spec) => [normalizeModelName(spec.name), complete(spec)]));
  const remote = new Map(pullable.map((spec) => [normalizeModelName(spec.name), spec]));
  const blobs = new Set<string>();
  const stored = (name: string): Model | undefined => {
    const found = folder?.find(fullModelName(name));
    return found && completeModel(found, found.modifiedAt);
  };

  return {
    list: (): Model[] =>
      [...models.values(), ...(folder?.list() ?? []).map((model) => completeModel(model, model.modifiedAt))].sort(
        (a, b) => b.modifiedAt.localeCompare(a.modifiedAt) || a.name.localeCompare(b.name),
      ),
    find: (name: string): Model | undefined => models.get(normalizeModelName(name)) ?? stored(name),
    add: (spec: ModelSpec): void => {
      models.set(normalizeModelName(spec.name), complete(spec));
    },
    copy: (source: Model, destination: string): void => {
      if (models.has(source.name)) models.set(normalizeModelName(destination), complete({ ...source, name: destination }));
      else folder?.copy(fullModelName(source.name), fullModelName(destination));
    },
    remove: (name: string): boolean => models.delete(normalizeModelName(name)) || (folder?.remove(fullModelName(name)) ?? false),
    /** The model that a pull of this name brings; also one that is there, which a pull finds complete. */
    findRemote: (name: string): Model | undefined => {
      const spec = remote.get(normalizeModelName(name));
      return spec === undefined ? models.get(normalizeModelName(name)) : complete(spec);
    },
    hasBlob: (digest: string): boolean =>
      blobs.has(digest) || folder?.hasBlob(digest) || [...models.values()].some((model) => `sha256:${model.digest}` === digest),
    /** Keeps a blob; answers the digest that it really has. */
    addBlob: (digest: string, content: Buffer): string => {
      const real = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      if (real === digest) {
        if (folder === undefined) blobs.add(digest);
        else folder.addBlob(digest, content);
      }
      return real;
    },
  };
}

/** Whether Ollama takes a text as a model name. The empty one is not invalid but not found. */
export function isModelName(name: string): boolean {
  return name === '' || /^(https?:\/\/)?\w[\w.-]*(:\d+(?=\/))?(\/\w[\w.-]*)*(:\w[\w.-]*)?$/.test(name);
}

/** Models that run in Ollama's cloud, which is switched off here. */
export function isCloudModel(name: string): boolean {
  return /[:-]cloud$/.test(name);
}

/** The name with every part that Ollama implies: `registry.ollama.ai/library/tiny:latest`. */
export function fullModelName(name: string): string {
  const short = normalizeModelName(name);
  const slashes = short.split('/').length - 1;
  if (slashes >= 2) return short;
  return `registry.ollama.ai/${slashes === 1 ? '' : 'library/'}${short}`;
}
