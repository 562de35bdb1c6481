import { describeCause, type Logger, placementIdSchema, placementRulesSchema } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { z } from 'zod';

const storedSchema = z.object({
  id: placementIdSchema,
  ...placementRulesSchema.shape,
  loaded: z.boolean(),
  createdMs: z.number(),
  caller: z.string(),
});
/** A policy as it is stored. */
export type Placement = z.infer<typeof storedSchema>;

export interface PlacementStore {
  /** The oldest first. Rejects while Redis is away. */
  list(): Promise<readonly Placement[]>;
  /** As they were read last. */
  known(): readonly Placement[];
  /** False where there is one of that id, and `isNew` asks for none. */
  put(placement: Placement, isNew: boolean): Promise<boolean>;
  /** False where there is none. */
  remove(id: string): Promise<boolean>;
}

/** Stands in the hash beside the placements, also when there are none: a hash without it is one that Redis lost. */
const MARK = '';

/** The placements in Redis. Every replica remembers them, and writes them back where Redis lost its data. */
export function createPlacementStore({
  redis,
  keys,
  log,
}: {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly log: Logger;
}): PlacementStore {
  let known: readonly Placement[] = [];
  const hash = keys.placements;

  const read = async (): Promise<Record<string, string>> => {
    const stored = await redis.hgetall(hash);
    if (stored[MARK] !== undefined || known.length === 0) return stored;
    log.warn({ placements: known.length }, 'redis lost the placements; they are written back from memory');
    for (const placement of known) await redis.hsetnx(hash, placement.id, JSON.stringify(placement));
    await redis.hset(hash, MARK, '1');
    return redis.hgetall(hash);
  };
  const parse = (text: string): readonly Placement[] => {
    try {
      return [storedSchema.parse(JSON.parse(text))];
    } catch (error) {
      log.warn({ cause: describeCause(error) }, 'a placement in redis cannot be read and is left alone');
      return [];
    }
  };

  async function list(): Promise<readonly Placement[]> {
    const { [MARK]: _mark, ...stored } = await read();
    const placements = Object.values(stored).flatMap(parse);
    known = placements.sort((one, other) => one.createdMs - other.createdMs || one.id.localeCompare(other.id));
    return known;
  }

  return {
    list,
    known: () => known,
    async put(placement, isNew) {
      const text = JSON.stringify(placement);
      await redis.hset(hash, MARK, '1');
      const isDone = isNew ? (await redis.hsetnx(hash, placement.id, text)) === 1 : (await redis.hset(hash, placement.id, text)) >= 0;
      await list();
      return isDone;
    },
    async remove(id) {
      const isGone = (await redis.hdel(hash, id)) === 1;
      await list();
      return isGone;
    },
  };
}
