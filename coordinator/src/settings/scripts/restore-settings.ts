/**
 * Writes settings back that Redis lost; those of a later revision stay.
 * KEYS: the settings hash. ARGV: revision, then pairs of a setting and its JSON. Returns 1 where it wrote.
 */
export const RESTORE_SETTINGS = `
if tonumber(redis.call('HGET', KEYS[1], 'revision') or '0') >= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'revision', ARGV[1], unpack(ARGV, 2))
return 1
`;
