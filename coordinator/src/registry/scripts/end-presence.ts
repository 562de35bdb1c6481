import { APPEND_EVENT } from './append-event.js';

/**
 * Ends an agent's presence: it said goodbye, or nobody heard it for its TTL. The one place where an agent becomes offline,
 * so that the event appears once however many replicas notice.
 *
 * KEYS: 1 the agent's hash · 2 the alive key · 3 events
 * ARGV: 1 id · 2 incarnation · 3 replica · 4 'left' (also ends the alive key) | 'offline' (only where the alive key is gone)
 *       5 TTL ms
 * Result: 1 (this call ended it) | 0 (it lives, ended before, is another incarnation or unknown)
 *
 * An agent that writes its alive key itself may give it any time to live, or none; it gets no more than the TTL.
 */
export const END_PRESENCE = `${APPEND_EVENT}
local known = redis.call('HMGET', KEYS[1], 'incarnation', 'presence')
if known[1] ~= ARGV[2] or known[2] == 'offline' then return 0 end
local left_ms = redis.call('PTTL', KEYS[2])
if ARGV[4] == 'left' then redis.call('DEL', KEYS[2])
elseif left_ms ~= -2 then
  if left_ms == -1 or left_ms > tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[2], ARGV[5]) end
  return 0
end
redis.call('HSET', KEYS[1], 'presence', 'offline')
append_event(KEYS[3], ARGV[4], ARGV[1], display_name(KEYS[1], ARGV[1]), ARGV[3])
return 1
`;
