/**
 * Writes one key where it is later than what is there, and tells the replicas.
 *
 * KEYS: 1 the hash of keys · 2 the stream of their changes
 * ARGV: 1 SHA-256 of the key · 2 record (JSON) · 3 how many changes the stream keeps
 * Result: 1 | 0 (what is there is later, or as late; nothing written)
 *
 * Revoked is later than not revoked, else the higher version is: laterOf() in api-key.ts is the same rule.
 */
export const PUT_KEY = `
local function rank(record)
  return (type(record.revoked_at) == 'string' and 1 or 0), (tonumber(record.version) or 0)
end
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
  local ok, before = pcall(cjson.decode, known)
  if ok and type(before) == 'table' then
    local was, old = rank(before)
    local is, new = rank(cjson.decode(ARGV[2]))
    if is < was or (is == was and new <= old) then return 0 end
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'hash', ARGV[1], 'data', ARGV[2])
return 1
`;
