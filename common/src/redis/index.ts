export { type ConnectOptions, connectRedis, type Redis, redactRedisUrl } from './connect.js';
export { type RedisKeys, redisKeys } from './keys.js';
