import { script } from '../script.ts';
import { CLOCK, RENEW, SEEN } from './common.ts';

/** ARGV: call id, ttl, door, token hash or ''. Replies nil for an unknown session, else [tenant, opened] of `renew`. */
export const ATTACH = script(
  CLOCK,
  RENEW,
  SEEN,
  `
local known = redis.call('HMGET', KEYS[1], 'epoch', 'reason')
if not known[1] then return false end
if seen(ARGV[1]) then return {} end
remember(ARGV[1], known[1])
redis.call('HSET', KEYS[1], 'door', ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'token', ARGV[4]) end
if known[2] then return {} end
return {renew(ARGV[2])}
`,
);
