import { script } from '../../script.ts';
import { CLOCK } from '../common.ts';

/**
 * ARGV: call id, ttl, spec, tenant or '' if no list shows it, 1 if its webhook is to be told of its end or ''. Replies the
 * time of opening, or nil if the id is in use.
 */
export const OPEN_JOB = script(
  CLOCK,
  `
local opener = redis.call('HGET', KEYS[1], 'opener')
if opener == ARGV[1] then return redis.call('HGET', KEYS[1], 'opened') end
if opener then return false end
local now = digits(micros())
redis.call('HSET', KEYS[1], 'opener', ARGV[1], 'spec', ARGV[3], 'tenant', ARGV[4], 'notify', ARGV[5], 'status', 'queued',
  'progress', 0, 'epoch', 0, 'attempts', 0, 'sessions', 0, 'webhook', 'none', 'opened', now, 'updated', now, 'listed', now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return now
`,
);
