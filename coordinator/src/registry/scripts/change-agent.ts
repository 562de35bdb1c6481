import { APPEND_EVENT } from './append-event.js';

/**
 * Writes fields that an operator decides.
 *
 * KEYS: 1 the agent's hash · 2 events
 * ARGV: 1 id · 2 event type · 3 replica · 4 detail · then field, value, field, value …; the value '' removes a field
 * Result: 1 | 0 (no such agent; nothing written)
 *
 * Writing what is there already makes no event.
 */
export const CHANGE_AGENT = `${APPEND_EVENT}
if redis.call('HEXISTS', KEYS[1], 'incarnation') == 0 then return 0 end
local changed = false
for index = 5, #ARGV, 2 do
  local field, value = ARGV[index], ARGV[index + 1]
  if (redis.call('HGET', KEYS[1], field) or '') ~= value then
    changed = true
    if value == '' then redis.call('HDEL', KEYS[1], field) else redis.call('HSET', KEYS[1], field, value) end
  end
end
if changed then append_event(KEYS[2], ARGV[2], ARGV[1], display_name(KEYS[1], ARGV[1]), ARGV[3], ARGV[4]) end
return 1
`;
