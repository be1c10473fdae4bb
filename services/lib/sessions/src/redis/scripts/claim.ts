import { script } from '../script.ts';
import { CLOCK, RENEW, SEEN } from './common.ts';

/**
 * ARGV: call id, ttl, owner. Replies nil for an unknown session, [] for a closed one, else
 * [epoch, cursor, next, attempts, state or nil, tenant, opened], the last two of `renew`.
 */
export const CLAIM = script(
  CLOCK,
  RENEW,
  SEEN,
  `
local known = redis.call('HMGET', KEYS[1], 'epoch', 'reason')
if not known[1] then return false end
if known[2] then return {} end
local epoch = seen(ARGV[1])
local tenant, opened = false, false
if not epoch then
  epoch = tostring(redis.call('HINCRBY', KEYS[1], 'epoch', 1))
  redis.call('HINCRBY', KEYS[1], 'attempts', 1)
  redis.call('HSET', KEYS[1], 'owner', ARGV[3])
  remember(ARGV[1], epoch)
  tenant, opened = renew(ARGV[2])
end
local now = redis.call('HMGET', KEYS[1], 'cursor', 'next', 'attempts', 'state')
return {epoch, now[1], now[2], now[3], now[4], tenant, opened}
`,
);
