/**
 * Writes back an agent that a replica remembers: Redis lost it, or could not be reached when it registered.
 *
 * KEYS: 1 the agent's hash · 2 the set of ids · 3 the alive key
 * ARGV: 1 id · 2 incarnation · 3 the hash as a JSON object of texts · 4 last heartbeat (JSON; '' = not heard within the TTL) · 5 TTL ms
 *       6 '1' = overwrite (it changed while Redis was away)
 * Result: 1 | 0 (Redis knows a newer incarnation; nothing written)
 *
 * Else what Redis holds of the same incarnation stays, and what an operator decided. Makes no event: nothing happened to the agent.
 */
export const RESTORE_AGENT = `
local known = redis.call('HGET', KEYS[1], 'incarnation')
if known and tonumber(known) > tonumber(ARGV[2]) then return 0 end
redis.call('SADD', KEYS[2], ARGV[1])
if known and known ~= ARGV[2] then redis.call('HDEL', KEYS[1], 'ready') end
local overwrite = not known or ARGV[6] == '1'
local operator = { operator_name = true, operator_labels = true, operator_weight = true, operator_tier = true, draining = true }
for field, value in pairs(cjson.decode(ARGV[3])) do
  local takes = overwrite or (known ~= ARGV[2] and not operator[field]) or redis.call('HEXISTS', KEYS[1], field) == 0
  if takes and value == '' then redis.call('HDEL', KEYS[1], field)
  elseif takes then redis.call('HSET', KEYS[1], field, value) end
end
if ARGV[4] ~= '' then
  redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5], 'NX')
  redis.call('HSET', KEYS[1], 'presence', 'online')
end
return 1
`;
