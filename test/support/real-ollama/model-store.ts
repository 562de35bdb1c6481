import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, modelfilePath, type RealModel, weightsPath } from './model-files.js';
import { runServer } from './run-server.js';

const run = promisify(execFile);

/**
 * Puts the models into `folder`, an OLLAMA_MODELS of its own. They are created once, in a store under the cache folder, so
 * that every instance starts fast and all have the same digests.
 */
export async function fillModelStore(ollama: string, folder: string, models: readonly RealModel[]): Promise<void> {
  copyTree(await ensureStore(ollama, [...models].sort()), folder);
}

async function ensureStore(ollama: string, models: readonly RealModel[]): Promise<string> {
  const stores = join(cacheFolder(), 'stores');
  mkdirSync(stores, { recursive: true });
  const store = join(stores, `${models.join('+')}-${contentHash(models)}`);
  if (existsSync(store)) return store;
  const work = mkdtempSync(join(stores, 'make-'));
  try {
    const server = await runServer({ ollama, home: work, models: join(work, 'models'), env: {} });
    try {
      for (const model of models) await createModel(ollama, server.url, work, model);
    } finally {
      await server.close();
    }
    keepStore(join(work, 'models'), store);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return store;
}

/** Where another process has made the same store meanwhile, that one stays. */
function keepStore(made: string, store: string): void {
  try {
    renameSync(made, store);
  } catch (error) {
    if (!existsSync(store)) throw error;
  }
}

async function createModel(ollama: string, url: string, work: string, model: RealModel): Promise<void> {
  const modelfile = join(work, `Modelfile.${model}`);
  writeFileSync(modelfile, readFileSync(modelfilePath(model), 'utf8').replace(/^FROM .*$/m, `FROM ${weightsPath(model)}`));
  await run(ollama, ['create', model, '-f', modelfile], { env: { ...process.env, OLLAMA_HOST: url, HOME: work } });
}

function contentHash(models: readonly RealModel[]): string {
  const hash = createHash('sha256');
  for (const model of models) {
    hash.update(readFileSync(modelfilePath(model)));
    hash.update(readFileSync(weightsPath(model)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** Links the blobs, which nobody writes to, and copies the manifests. */
function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyTree(source, target);
    else if (entry.name.startsWith('sha256-')) linkOrCopy(source, target);
    else copyFileSync(source, target);
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}
