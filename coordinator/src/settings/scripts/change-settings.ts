import { APPEND_EVENT } from '../../registry/scripts/append-event.js';

/**
 * Changes settings and says so, whole.
 * KEYS: the settings hash, the events stream. ARGV: replica, detail, then pairs of a setting and its JSON, '' to go back to
 * what is configured. Returns the revision.
 */
export const CHANGE_SETTINGS = `${APPEND_EVENT}
local replica, detail = ARGV[1], ARGV[2]
for i = 3, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i]) else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
append_event(KEYS[2], 'setting_changed', '', '', replica, detail)
return redis.call('HINCRBY', KEYS[1], 'revision', 1)
`;
