import { script } from '../script.ts';
import { CLOCK, RENEW } from './common.ts';

/** ARGV: ttl, reason. Replies [tenant, opened] of `renew`. */
export const CLOSE = script(
  CLOCK,
  RENEW,
  `
local known = redis.call('HMGET', KEYS[1], 'epoch', 'reason')
if not known[1] or known[2] then return {} end
redis.call('HSET', KEYS[1], 'reason', ARGV[2])
redis.call('HDEL', KEYS[1], 'owner', 'state')
return {renew(ARGV[1])}
`,
);
