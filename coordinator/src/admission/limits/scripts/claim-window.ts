/**
 * Claims a share of a sliding window for one replica. All numbers are absolute, so that a call that arrives twice does no harm.
 *
 * KEYS: 1 the claims: hash of `<bucket>:<replica>` → amount
 * ARGV: 1 replica · 2 limit · 3 milliseconds of a bucket · 4 buckets of the window · 5 bucket that the replica takes for the present one
 *       · 6 what it used of that one · 7 what it used beside, in whatever bucket is the present one · 8 how much more it wants
 *       · then pairs of earlier buckets and what it used of them, which replace its claims there
 * Result: [present bucket, what is claimed of it, milliseconds left of it, milliseconds until something is free (0: granted in full)]
 *
 * The buckets follow Redis' clock, so replicas need not agree on the time. What was used counts even beyond the limit.
 */
export const CLAIM_WINDOW = `
local replica, limit, bucket_ms, buckets = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local bucket = math.floor(now / bucket_ms)
for index = 9, #ARGV, 2 do
  local earlier, used = tonumber(ARGV[index]), tonumber(ARGV[index + 1])
  if earlier > bucket - buckets and earlier ~= bucket then
    local field = string.format('%.0f:%s', earlier, replica)
    if used > 0 then redis.call('HSET', KEYS[1], field, used) else redis.call('HDEL', KEYS[1], field) end
  end
end
local own = string.format('%.0f:%s', bucket, replica)
local total, sums = 0, {}
local claims = redis.call('HGETALL', KEYS[1])
for index = 1, #claims, 2 do
  local field, amount = claims[index], tonumber(claims[index + 1])
  local of = tonumber(string.match(field, '^(%d+):'))
  if of <= bucket - buckets then
    redis.call('HDEL', KEYS[1], field)
  elseif field ~= own then
    total = total + amount
    sums[of] = (sums[of] or 0) + amount
  end
end
local used = tonumber(ARGV[7])
if tonumber(ARGV[5]) == bucket then used = used + tonumber(ARGV[6]) end
local wanted = used + tonumber(ARGV[8])
local granted = math.max(math.min(wanted, limit - total), used)
if granted > 0 then redis.call('HSET', KEYS[1], own, granted) else redis.call('HDEL', KEYS[1], own) end
redis.call('PEXPIRE', KEYS[1], (buckets + 1) * bucket_ms)
local retry = 0
if granted < wanted then
  sums[bucket] = (sums[bucket] or 0) + granted
  local left = total + granted
  for of = bucket - buckets + 1, bucket do
    left = left - (sums[of] or 0)
    if left < limit then
      retry = (of + buckets) * bucket_ms - now
      break
    end
  end
end
return { bucket, granted, (bucket + 1) * bucket_ms - now, retry }
`;
