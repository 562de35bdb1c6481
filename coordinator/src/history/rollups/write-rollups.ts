/**
 * Writes the figures of several periods, if nobody else has moved the cursor since they were read.
 *
 * KEYS: 1 the cursor · then the hash of each period
 * ARGV: 1 the cursor as it was read · 2 the next one · then per period: number of strings that follow the next one, seconds that
 *       the hash is kept, then its fields and values
 * Result: 1 where it was written
 *
 * Sent twice, the second finds another cursor and does nothing.
 */
export const WRITE_ROLLUPS = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
local at = 3
for index = 2, #KEYS do
  local count = tonumber(ARGV[at])
  for first = at + 2, at + 1 + count, 2 do redis.call('HSET', KEYS[index], ARGV[first], ARGV[first + 1]) end
  redis.call('EXPIRE', KEYS[index], ARGV[at + 1])
  at = at + 2 + count
end
return 1
`;
