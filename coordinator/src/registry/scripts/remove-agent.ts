import { APPEND_EVENT } from './append-event.js';

/**
 * Forgets an agent.
 *
 * KEYS: 1 the agent's hash · 2 the set of ids · 3 the alive key · 4 events · 5 its health history · 6 its own stream
 * ARGV: 1 id · 2 replica
 * Result: 1 | 0 (no such agent)
 */
export const REMOVE_AGENT = `${APPEND_EVENT}
local name = display_name(KEYS[1], ARGV[1])
local known = redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3], KEYS[5], KEYS[6])
if known == 1 then append_event(KEYS[4], 'left', ARGV[1], name, ARGV[2], 'removed') end
return known
`;
