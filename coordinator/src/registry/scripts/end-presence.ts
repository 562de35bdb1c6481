import { APPEND_EVENT } from './append-event.js';

/**
 * Ends an agent's presence: it said goodbye, or nobody heard it for its TTL. The one place where an agent becomes offline,
 * so that the event appears once however many replicas notice.
 *
 * KEYS: 1 the agent's hash · 2 the alive key · 3 events
 * ARGV: 1 id · 2 incarnation · 3 replica · 4 'left' (also ends the alive key) | 'offline' (only where the alive key is gone)
 * Result: 1 (this call ended it) | 0 (it lives, ended before, is another incarnation or unknown)
 */
export const END_PRESENCE = `${APPEND_EVENT}
local known = redis.call('HMGET', KEYS[1], 'incarnation', 'presence')
if known[1] ~= ARGV[2] or known[2] == 'offline' then return 0 end
if ARGV[4] == 'left' then redis.call('DEL', KEYS[2]) elseif redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'presence', 'offline')
append_event(KEYS[3], ARGV[4], ARGV[1], display_name(KEYS[1], ARGV[1]), ARGV[3])
return 1
`;
