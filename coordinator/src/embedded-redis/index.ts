export { type EmbeddedRedis, type EmbeddedRedisOptions, startEmbeddedRedis } from './start-embedded-redis.js';
