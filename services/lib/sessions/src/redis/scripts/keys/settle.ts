import { script } from '../../script.ts';

/** ARGV: ttl, holder, job, fingerprint. */
export const SETTLE_KEY = script(`
local known = redis.call('HMGET', KEYS[1], 'holder', 'job')
if known[1] ~= ARGV[2] or known[2] then return 0 end
redis.call('HSET', KEYS[1], 'job', ARGV[3], 'fingerprint', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`);
