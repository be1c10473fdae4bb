import { script } from '../../script.ts';
import { CLOCK, RENEW } from '../common.ts';
import { FINISH } from './common.ts';

/** ARGV: call id, ttl, longest, epoch, status, outcome. Replies [result, tenant, opened]. */
export const FINISH_JOB = script(
  CLOCK,
  RENEW,
  FINISH,
  `
local known = redis.call('HMGET', KEYS[1], 'epoch', 'finished', 'ender')
if known[3] == ARGV[1] then return {'ok'} end
if known[1] ~= ARGV[4] or known[2] then return {'fenced'} end
redis.call('HSET', KEYS[1], 'ender', ARGV[1], 'outcome', ARGV[6])
if ARGV[5] == 'completed' then redis.call('HSET', KEYS[1], 'progress', 1) end
return {'ok', finish(ARGV[5], ARGV[2], ARGV[3])}
`,
);
