import { script } from '../../script.ts';

/**
 * The key's hash: call and holder, or, once settled, job and fingerprint. A released key keeps its call for a while, so that
 * the call does not reserve it once more when it comes late.
 *
 * ARGV: call id, ttl, holder. Replies [state, job, fingerprint].
 */
export const RESERVE_KEY = script(`
local known = redis.call('HMGET', KEYS[1], 'call', 'holder', 'job', 'fingerprint')
if known[3] then return {'used', known[3], known[4]} end
if known[2] == ARGV[3] then return {'reserved'} end
if known[2] or known[1] == ARGV[1] then return {'busy'} end
redis.call('HSET', KEYS[1], 'call', ARGV[1], 'holder', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'reserved'}
`);
