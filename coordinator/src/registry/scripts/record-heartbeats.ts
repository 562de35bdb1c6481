import { APPEND_EVENT } from './append-event.js';

/** Arguments per heartbeat in RECORD_HEARTBEATS. */
export const HEARTBEAT_ARGS = 9;

/** Events of one kind per heartbeat: an agent that makes up models must not fill the stream. */
const MOST_TOLD = 16;

/**
 * Keeps heartbeats and tells the other replicas. Several in one call: the calls, not what they do, are the cost.
 *
 * KEYS: 1 heartbeats · 2 events · then per heartbeat: the agent's hash, the alive key
 * ARGV: 1 replica · then per heartbeat: id, incarnation, sequence, heartbeat (JSON without the models), TTL ms,
 *       models (JSON; '' = not sent), models digest, ready models (sorted, one a line),
 *       '1' = the agent wrote it to its own stream, and to its alive key
 * Result: per heartbeat 'ok' | 'unknown' (not registered, or not yet with this incarnation) | 'old' (a newer incarnation lives)
 *         | 'silent' (the agent wrote it itself, and its alive key is gone since: it left, or the entry is left over)
 *
 * Models that became ready or ceased to be so since the agent's heartbeat before are events. The hash's field `ready` keeps the sequence at
 * which the list changed last, and the list: so it is told once, whichever replicas receive the heartbeats, and not by a late one. The
 * first heartbeat of a start tells nothing: what it finds loaded was loaded before.
 *
 * Sent twice it leaves the same state: whoever reads the stream passes over a sequence that it has seen.
 */
export const RECORD_HEARTBEATS = `${APPEND_EVENT}
local replica = ARGV[1]
local function tell_missing(kind, hash, id, from, list)
  local kept, told = {}, 0
  for model in string.gmatch(list, '[^\\n]+') do kept[model] = true end
  for model in string.gmatch(from, '[^\\n]+') do
    if not kept[model] and told < ${MOST_TOLD} then
      append_event(KEYS[2], kind, id, display_name(hash, id), replica, '', model)
      told = told + 1
    end
  end
end
local function tell_models(hash, id, sequence, known, ready)
  if known then
    local cut = string.find(known, '\\n', 1, true)
    local changed_at, before = tonumber(string.sub(known, 1, cut - 1)), string.sub(known, cut + 1)
    if before == ready or (sequence ~= '0' and tonumber(sequence) <= changed_at) then return end
    tell_missing('model_evicted', hash, id, before, ready)
    tell_missing('model_loaded', hash, id, ready, before)
  end
  redis.call('HSET', hash, 'ready', sequence .. '\\n' .. ready)
end
local function record(hash, alive, id, incarnation, sequence, data, ttl, models, digest, ready, direct)
  local known = redis.call('HMGET', hash, 'incarnation', 'presence', 'ready')
  if not known[1] or tonumber(known[1]) < tonumber(incarnation) then return 'unknown' end
  if known[1] ~= incarnation then return 'old' end
  if direct == '1' and redis.call('EXISTS', alive) == 0 then return 'silent' end
  redis.call('SET', alive, data, 'PX', ttl)
  if models ~= '' then redis.call('HSET', hash, 'models', models, 'models_digest', digest) end
  redis.call('XADD', KEYS[1], '*', 'agent', id, 'incarnation', incarnation, 'sequence', sequence, 'replica', replica,
    'models', models ~= '' and '1' or '', 'data', data)
  if known[2] ~= 'online' then
    redis.call('HSET', hash, 'presence', 'online')
    append_event(KEYS[2], 'online', id, display_name(hash, id), replica)
  end
  tell_models(hash, id, sequence, known[3], ready)
  return 'ok'
end
local results = {}
for index = 1, (#KEYS - 2) / 2 do
  local first = 2 + (index - 1) * ${HEARTBEAT_ARGS}
  results[index] = record(KEYS[2 * index + 1], KEYS[2 * index + 2], unpack(ARGV, first, first + ${HEARTBEAT_ARGS - 1}))
end
return results
`;
