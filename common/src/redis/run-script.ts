import { createHash } from 'node:crypto';
import type { Redis } from './connect.js';

/** A Lua script bound to a connection. `keys` and `args` are what the script's text says they are. */
export type ScriptRunner = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** Runs `lua` by its digest, and sends the text where Redis does not have it: the first time, and after a restart. */
export function bindScript(redis: Redis, lua: string): ScriptRunner {
  const digest = createHash('sha1').update(lua).digest('hex');
  return async (keys, args) => {
    try {
      return await redis.evalsha(digest, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
}
