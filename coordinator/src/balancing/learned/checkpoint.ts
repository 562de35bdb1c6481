import { bindScript, type Redis, type RedisKeys } from '@ollama-coordinator/common/redis';
import { z } from 'zod';
import { KINDS } from './cells.js';
import { FOLD_VERSION, type SavedState } from './learned-state.js';

const savedSchema = z.object({
  version: z.number(),
  lineage: z.string(),
  streamId: z.string().regex(/^\d+-\d+$/),
  recent: z.array(z.string()),
  cells: z.partialRecord(z.enum(KINDS), z.array(z.tuple([z.string()], z.number()))),
});

/** Where the figures stand in Redis, without the figures. */
export interface Saved {
  readonly lineage: string;
  readonly streamId: string;
}

/** Figures that nobody saved for this long are dropped. */
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * KEYS: the checkpoint's hash. ARGV: lineage, stream id, its milliseconds, its number, the state, how long it is kept. Writes it, unless another
 * lineage stands there, or a later state of this one. Returns 1 where it was written.
 */
const SAVE = `
local lineage, at = unpack(redis.call('HMGET', KEYS[1], 'lineage', 'stream_id'))
if lineage and lineage ~= ARGV[1] then return 0 end
if at then
  local ms, number = at:match('^(%d+)-(%d+)$')
  ms, number = tonumber(ms), tonumber(number)
  if ms and (ms > tonumber(ARGV[3]) or (ms == tonumber(ARGV[3]) and number > tonumber(ARGV[4]))) then return 0 end
end
redis.call('HSET', KEYS[1], 'lineage', ARGV[1], 'stream_id', ARGV[2], 'state', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return 1`;

/** The saved figures, beside the stream that they come from. */
export interface Checkpoint {
  read(): Promise<Saved | undefined>;
  /** Undefined where there is none, or one that cannot be read. */
  load(): Promise<SavedState | undefined>;
  /** False where another replica's state stands: of another lineage, or further on. */
  save(state: SavedState): Promise<boolean>;
}

export function createCheckpoint(redis: Redis, keys: RedisKeys): Checkpoint {
  const save = bindScript(redis, SAVE);
  const key = keys.learned(FOLD_VERSION);
  return {
    async read() {
      const [lineage, streamId] = await redis.hmget(key, 'lineage', 'stream_id');
      return lineage && streamId ? { lineage, streamId } : undefined;
    },
    async load() {
      const text = await redis.hget(key, 'state');
      return text === null ? undefined : parseState(text);
    },
    async save(state) {
      const [ms = '0', number = '0'] = state.streamId.split('-');
      return (await save([key], [state.lineage, state.streamId, ms, number, JSON.stringify(state), KEPT_MS])) === 1;
    },
  };
}

function parseState(text: string): SavedState | undefined {
  try {
    const parsed = savedSchema.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data as SavedState) : undefined;
  } catch {
    return undefined;
  }
}
