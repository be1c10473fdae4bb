import { script } from '../../script.ts';
import { CLOCK, RENEW, SEEN } from '../common.ts';
import { RECORD } from './common.ts';

/**
 * ARGV: call id, ttl, longest, owner. Replies nil for a job that is unknown or finished, else
 * [[epoch, attempts], record, [tenant, opened] of `renew`].
 */
export const CLAIM_JOB = script(
  CLOCK,
  RENEW,
  SEEN,
  RECORD,
  `
local known = redis.call('HMGET', KEYS[1], 'spec', 'finished')
if not known[1] or known[2] then return false end
local epoch = seen(ARGV[1])
local due = {}
if not epoch then
  epoch = tostring(redis.call('HINCRBY', KEYS[1], 'epoch', 1))
  redis.call('HINCRBY', KEYS[1], 'attempts', 1)
  redis.call('HSET', KEYS[1], 'status', 'processing', 'owner', ARGV[4])
  redis.call('HSETNX', KEYS[1], 'started', digits(micros()))
  remember(ARGV[1], epoch)
  due = {renew(ARGV[2], ARGV[3])}
end
return {{epoch, redis.call('HGET', KEYS[1], 'attempts')}, record(), due}
`,
);
