import { script } from '../../script.ts';

/** ARGV: ttl of what is left, holder. */
export const RELEASE_KEY = script(`
local known = redis.call('HMGET', KEYS[1], 'holder', 'job')
if known[1] ~= ARGV[2] or known[2] then return 0 end
redis.call('HDEL', KEYS[1], 'holder')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`);
