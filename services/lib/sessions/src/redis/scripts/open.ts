import { script } from '../script.ts';
import { CLOCK } from './common.ts';

/** ARGV: call id, ttl, spec, tenant or '' if no list shows it, token hash, door or ''. Replies the time of opening, or nil if the id is in use. */
export const OPEN = script(
  CLOCK,
  `
local opener = redis.call('HGET', KEYS[1], 'opener')
if opener == ARGV[1] then return redis.call('HGET', KEYS[1], 'opened') end
if opener then return false end
local now = digits(micros())
redis.call('HSET', KEYS[1], 'opener', ARGV[1], 'spec', ARGV[3], 'tenant', ARGV[4], 'token', ARGV[5], 'epoch', 0,
  'attempts', 0, 'cursor', 0, 'next', 1, 'opened', now, 'updated', now, 'listed', now)
if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'door', ARGV[6]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return now
`,
);
