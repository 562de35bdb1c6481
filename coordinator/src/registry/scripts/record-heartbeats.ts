import { APPEND_EVENT } from './append-event.js';

/** Arguments per heartbeat in RECORD_HEARTBEATS. */
export const HEARTBEAT_ARGS = 7;

/**
 * Keeps heartbeats and tells the other replicas. Several in one call: the calls, not what they do, are the cost.
 *
 * KEYS: 1 heartbeats · 2 events · then per heartbeat: the agent's hash, the alive key
 * ARGV: 1 replica · then per heartbeat: id, incarnation, sequence, heartbeat (JSON without the models), TTL ms,
 *       models (JSON; '' = not sent), models digest
 * Result: per heartbeat 'ok' | 'unknown' (not registered, or not yet with this incarnation) | 'old' (a newer incarnation lives)
 *
 * Sent twice it leaves the same state: whoever reads the stream passes over a sequence that it has seen.
 */
export const RECORD_HEARTBEATS = `${APPEND_EVENT}
local replica = ARGV[1]
local function record(hash, alive, id, incarnation, sequence, data, ttl, models, digest)
  local known = redis.call('HMGET', hash, 'incarnation', 'presence')
  if not known[1] or tonumber(known[1]) < tonumber(incarnation) then return 'unknown' end
  if known[1] ~= incarnation then return 'old' end
  redis.call('SET', alive, data, 'PX', ttl)
  if models ~= '' then redis.call('HSET', hash, 'models', models, 'models_digest', digest) end
  redis.call('XADD', KEYS[1], '*', 'agent', id, 'incarnation', incarnation, 'sequence', sequence, 'replica', replica,
    'models', models ~= '' and '1' or '', 'data', data)
  if known[2] ~= 'online' then
    redis.call('HSET', hash, 'presence', 'online')
    append_event(KEYS[2], 'online', id, display_name(hash, id), replica)
  end
  return 'ok'
end
local results = {}
for index = 1, (#KEYS - 2) / 2 do
  local first = 2 + (index - 1) * ${HEARTBEAT_ARGS}
  results[index] = record(KEYS[2 * index + 1], KEYS[2 * index + 2], unpack(ARGV, first, first + ${HEARTBEAT_ARGS - 1}))
end
return results
`;
