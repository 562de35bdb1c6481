import { AppError, describeCause, type LoadOptions, type ModelReport, normalizeModelName } from '@ollama-coordinator/common';
import { z } from 'zod';
import type { RunningModel } from '../gate/observe.js';
import { createConnectionPool, requestJson } from '../http/request-json.js';
import { isTemporaryModel } from '../transfer/temporary-model.js';

/** A model of tens of gigabytes from a slow disk takes minutes. */
const LOAD_TIMEOUT_MS = 10 * 60_000;
/** Models that one agent reports at most. */
const MAX_MODELS = 10_000;

const versionSchema = z.object({ version: z.string().max(64) });
/** Ollama lists models as `{"models": […]}`, and none as null. */
function listOf<Entry extends z.ZodType>(entry: Entry) {
  return z.object({
    models: z
      .array(entry)
      .nullable()
      .transform((models) => models ?? []),
  });
}
const tagsSchema = listOf(
  z.object({
    name: z.string().min(1).max(256),
    digest: z.string().max(128).default(''),
    size: z.number().int().nonnegative().default(0),
    modified_at: z.string().max(64).default(''),
    details: z.record(z.string(), z.unknown()).optional(),
    capabilities: z.array(z.string().max(64)).max(64).optional(),
    remote_model: z.string().max(256).optional(),
    remote_host: z.string().max(256).optional(),
  }),
);
const psSchema = listOf(
  z.object({
    name: z.string().min(1).max(256),
    digest: z.string().max(128).default(''),
    size: z.number().int().nonnegative().default(0),
    size_vram: z.number().int().nonnegative().default(0),
    context_length: z.number().int().nonnegative().optional(),
    expires_at: z.string().max(64).optional(),
  }),
);

/** The questions that an agent asks its Ollama. None of them loads a model. Throws OLLAMA_UNREACHABLE. */
export interface OllamaClient {
  version(): Promise<string>;
  /** Models on disk, by name; without those that are only on their way to one. */
  models(): Promise<ModelReport[]>;
  running(): Promise<RunningModel[]>;
  /** Names under which models that never arrived were left. */
  leftovers(): Promise<string[]>;
  /** Gives a model a second name. */
  copy(source: string, destination: string): Promise<void>;
  /** Takes a name away, and what no other name needs. */
  remove(model: string): Promise<void>;
  /**
   * Has Ollama load a model, or keep a loaded one: for ever with `keepAlive` -1, else as long as it usually does. Resolves when it is loaded.
   */
  load(model: string, how: { readonly options: LoadOptions; readonly keepAlive?: number }): Promise<void>;
  /** Asks Ollama to drop a model from memory; it is gone when running() no longer shows it. */
  unload(model: string): Promise<void>;
  close(): void;
}

export function createOllamaClient({ ollamaUrl, timeoutMs = 3000 }: { ollamaUrl: string; timeoutMs?: number }): OllamaClient {
  const agent = createConnectionPool(ollamaUrl, 4);
  const ask = async <S extends z.ZodType>(
    schema: S,
    path: string,
    body?: unknown,
    method = body === undefined ? 'GET' : 'POST',
  ): Promise<z.output<S>> => {
    try {
      const answer = await requestJson({ url: ollamaUrl + path, method, body, timeoutMs, agent });
      if (answer.status !== 200) throw new Error(`${path}: HTTP ${answer.status}`);
      return schema.parse(answer.body);
    } catch (error) {
      const cause = error instanceof z.ZodError ? `${path}: not Ollama's answer` : describeCause(error);
      throw new AppError('OLLAMA_UNREACHABLE', { details: { url: ollamaUrl, cause }, cause: error });
    }
  };
  return {
    version: async () => (await ask(versionSchema, '/api/version')).version,
    async models() {
      const { models } = await ask(tagsSchema, '/api/tags');
      const own = models.filter(({ name }) => !isTemporaryModel(name));
      const reports = own.slice(0, MAX_MODELS).map(({ size: size_bytes, ...rest }) => ({ ...rest, size_bytes }));
      return reports.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async running() {
      const { models } = await ask(psSchema, '/api/ps');
      return models.map((model) => ({
        name: normalizeModelName(model.name),
        digest: model.digest,
        sizeBytes: model.size,
        vramBytes: model.size_vram,
        contextLength: model.context_length,
        expiresAt: model.expires_at,
      }));
    },
    async leftovers() {
      const { models } = await ask(tagsSchema, '/api/tags');
      return models.map(({ name }) => name).filter(isTemporaryModel);
    },
    async copy(source, destination) {
      await ask(z.unknown(), '/api/copy', { source, destination });
    },
    async remove(model) {
      await ask(z.unknown(), '/api/delete', { model }, 'DELETE');
    },
    async load(model, { options, keepAlive }) {
      const body = { model, options, ...(keepAlive === undefined ? {} : { keep_alive: keepAlive }) };
      const request = { method: 'POST', timeoutMs: LOAD_TIMEOUT_MS, agent } as const;
      let answer = await requestJson({ ...request, url: `${ollamaUrl}/api/generate`, body });
      // A model for embeddings refuses to generate; an embedding of nothing loads it.
      if (answer.status === 400) answer = await requestJson({ ...request, url: `${ollamaUrl}/api/embed`, body: { ...body, input: [] } });
      if (answer.status === 200) return;
      const cause = `loading ${model}: HTTP ${answer.status}`;
      throw new AppError('OLLAMA_FAILED', { details: { url: ollamaUrl, cause } });
    },
    async unload(model) {
      await ask(z.unknown(), '/api/generate', { model, keep_alive: 0 });
    },
    close: () => agent.destroy(),
  };
}
