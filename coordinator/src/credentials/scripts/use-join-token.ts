/**
 * Lets one agent join with a token.
 *
 * KEYS: 1 the hash of join tokens
 * ARGV: 1 sha256 of the token · 2 agent id · 3 incarnation · 4 the time, as the records have it
 * Result: 'unknown' | 'revoked' | 'expired' | 'spent' | 'joins' | 'waits' (for an administrator's approval)
 *
 * The same start of the same agent uses it once, however often it asks: the answer to its registration may have been lost.
 */
export const USE_JOIN_TOKEN = `
local text = redis.call('HGET', KEYS[1], ARGV[1])
if not text then return 'unknown' end
local token = cjson.decode(text)
local granted = token.approve and 'waits' or 'joins'
if token.revoked_at then return 'revoked' end
if token.agents[ARGV[2]] == ARGV[3] then return granted end
if token.expires_at and token.expires_at <= ARGV[4] then return 'expired' end
local bounded = token.uses and token.uses ~= cjson.null
if bounded and token.used >= token.uses then return 'spent' end
token.used = token.used + 1
if bounded then token.agents[ARGV[2]] = ARGV[3] end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(token))
return granted
`;
