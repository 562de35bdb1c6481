/**
 * Reads what agents wrote to their own streams, which no coordinator trusts: an agent may write there whatever it likes.
 *
 * KEYS: the streams
 * ARGV: 1 most entries per stream · 2 longest entry, bytes · 3 bytes after which no further stream is read · then per stream its cursor,
 *       the id of the newest entry that was read, or '0-0'
 * Result: [number of streams visited, then per stream with something to say [its index from 1, its next cursor, entries dropped,
 *         payload …]], oldest first
 *
 * A heartbeat is a whole report, so of a backlog only the newest count, and the backlog is cut off. A cursor whose entry is gone (the
 * stream was emptied, or trimmed past it) means to begin again with the newest. Entries that are too long are deleted, so that they are
 * not read twice. A stream that ends more than a minute in the future is deleted, since hardly anything could follow there; so is a key
 * that is no stream.
 */
export const READ_AGENT_STREAMS = `
local most, longest, enough = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now_ms = tonumber(redis.call('TIME')[1]) * 1000
local read, bytes, visited = { 0 }, 0, 0
local function newest_entries(key, cursor)
  local found = redis.call('XRANGE', key, cursor, '+', 'COUNT', most + 2)
  if found[1] and found[1][1] == cursor and #found <= most + 1 then
    table.remove(found, 1)
    return found, cursor
  end
  if #found > most + 1 then redis.call('XTRIM', key, 'MAXLEN', 100) end
  local reversed, entries = redis.call('XREVRANGE', key, '+', '-', 'COUNT', most), {}
  for index = #reversed, 1, -1 do entries[#entries + 1] = reversed[index] end
  return entries, '0-0'
end
local function size_of(fields)
  local size = 0
  for _, text in ipairs(fields) do size = size + #text end
  return size
end
local function read_stream(index, key, cursor)
  local entries, found_cursor = newest_entries(key, cursor)
  local answer = { index, found_cursor, 0 }
  for _, entry in ipairs(entries) do
    local id, fields = entry[1], entry[2]
    local size = size_of(fields)
    bytes = bytes + size
    if size > longest then redis.call('XDEL', key, id) else answer[2] = id end
    if size > longest or #fields ~= 2 or fields[1] ~= 'data' then answer[3] = answer[3] + 1 else answer[#answer + 1] = fields[2] end
    if tonumber(string.match(id, '^%d+')) > now_ms + 60000 then
      redis.call('DEL', key)
      answer[2] = '0-0'
    end
  end
  if #answer > 3 or answer[3] > 0 or answer[2] ~= cursor then read[#read + 1] = answer end
end
for index, key in ipairs(KEYS) do
  if bytes >= enough then break end
  visited = index
  local kind = redis.call('TYPE', key).ok
  if kind == 'stream' then read_stream(index, key, ARGV[3 + index])
  elseif kind ~= 'none' then
    redis.call('DEL', key)
    read[#read + 1] = { index, '0-0', 1 }
  end
end
read[1] = visited
return read
`;
