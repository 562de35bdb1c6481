export { type ConnectOptions, connectRedis, type Redis, redactRedisUrl, waitUntilReady } from './connect.js';
export { type RedisKeys, redisKeys } from './keys.js';
export { bindScript, type ScriptRunner } from './run-script.js';
export { checkVersion, MIGRATIONS, type MigrationStep, migrate } from './schema-version.js';
export {
  compareStreamIds,
  fieldOf,
  isCursorLost,
  readStreamExtent,
  STREAM_START,
  type StreamEntry,
  type StreamExtent,
  StreamTail,
  type StreamTailDeps,
  streamIdMs,
} from './stream.js';
