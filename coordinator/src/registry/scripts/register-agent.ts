import { APPEND_EVENT } from './append-event.js';

/**
 * Registers an agent, or takes it over with a newer incarnation.
 *
 * KEYS: 1 the agent's hash · 2 the set of ids · 3 the alive key · 4 events
 * ARGV: 1 id · 2 incarnation · 3 registration (JSON) · 4 machine name · 5 wall time ms · 6 replica
 * Result: 'registered' (unknown until then) | 'updated' | 'unchanged' (no event) | 'old' (a newer incarnation lives; nothing written)
 *
 * A newer incarnation joins anew: what its predecessor last said is void.
 */
export const REGISTER_AGENT = `${APPEND_EVENT}
local id, incarnation, registration = ARGV[1], ARGV[2], ARGV[3]
local known = redis.call('HMGET', KEYS[1], 'incarnation', 'registration')
if known[1] and tonumber(known[1]) > tonumber(incarnation) then return 'old' end
redis.call('SADD', KEYS[2], id)
if known[1] == incarnation and known[2] == registration then return 'unchanged' end
redis.call('HSET', KEYS[1], 'incarnation', incarnation, 'registration', registration, 'machine_name', ARGV[4])
redis.call('HSETNX', KEYS[1], 'registered_at', ARGV[5])
if known[1] ~= incarnation then
  redis.call('HSET', KEYS[1], 'presence', 'joining')
  redis.call('HDEL', KEYS[1], 'ready')
  redis.call('DEL', KEYS[3])
end
local kind = known[1] and 'updated' or 'registered'
append_event(KEYS[4], kind, id, display_name(KEYS[1], id), ARGV[6])
return kind
`;
