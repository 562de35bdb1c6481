/**
 * Claims places among those that may be in flight at the same time, for one replica. The number is absolute.
 *
 * KEYS: 1 the claims: hash of replica → `<places> <milliseconds since 1970 until which they count>`
 * ARGV: 1 replica · 2 limit · 3 places that it wants · 4 places that are taken, which count even beyond the limit · 5 milliseconds that a claim counts
 * Result: places that it has
 *
 * A replica renews its claim while it has something in flight; that of a dead one runs out.
 */
export const CLAIM_SLOTS = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local others = 0
local claims = redis.call('HGETALL', KEYS[1])
for index = 1, #claims, 2 do
  local places, until_ms = string.match(claims[index + 1], '^(%d+) (%d+)$')
  if tonumber(until_ms) < now then
    redis.call('HDEL', KEYS[1], claims[index])
  elseif claims[index] ~= ARGV[1] then
    others = others + tonumber(places)
  end
end
local granted = math.max(math.min(tonumber(ARGV[3]), tonumber(ARGV[2]) - others), tonumber(ARGV[4]))
if granted > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %.0f', granted, now + tonumber(ARGV[5])))
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
else
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return granted
`;
