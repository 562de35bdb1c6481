import { APPEND_EVENT } from './append-event.js';

/**
 * Keeps a heartbeat and tells the other replicas.
 *
 * KEYS: 1 the agent's hash · 2 the alive key · 3 heartbeats · 4 events
 * ARGV: 1 id · 2 incarnation · 3 sequence · 4 replica · 5 heartbeat (JSON without the models) · 6 TTL ms
 *       7 models (JSON; '' = not sent) · 8 models digest
 * Result: 'ok' | 'unknown' (not registered, or not yet with this incarnation) | 'old' (a newer incarnation lives)
 *
 * Sent twice it leaves the same state: whoever reads the stream passes over a sequence that it has seen.
 */
export const RECORD_HEARTBEAT = `${APPEND_EVENT}
local known = redis.call('HMGET', KEYS[1], 'incarnation', 'presence')
if not known[1] or tonumber(known[1]) < tonumber(ARGV[2]) then return 'unknown' end
if known[1] ~= ARGV[2] then return 'old' end
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6])
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'models', ARGV[7], 'models_digest', ARGV[8]) end
redis.call('XADD', KEYS[3], '*', 'agent', ARGV[1], 'incarnation', ARGV[2], 'sequence', ARGV[3], 'replica', ARGV[4],
  'models', ARGV[7] ~= '' and '1' or '', 'data', ARGV[5])
if known[2] ~= 'online' then
  redis.call('HSET', KEYS[1], 'presence', 'online')
  append_event(KEYS[4], 'online', ARGV[1], display_name(KEYS[1], ARGV[1]), ARGV[4])
end
return 'ok'
`;
