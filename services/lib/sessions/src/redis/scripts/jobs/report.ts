import { script } from '../../script.ts';
import { CLOCK, RENEW } from '../common.ts';

/**
 * ARGV: ttl, longest, epoch, progress, media and sessions, each of the three '' if it stays, '1' if the owner is well. Replies
 * [result, tenant, opened].
 * Needs no call id: written twice, a report says the same, and the second time its progress is no greater.
 */
export const REPORT_JOB = script(
  CLOCK,
  RENEW,
  `
local known = redis.call('HMGET', KEYS[1], 'epoch', 'finished', 'progress')
if known[1] ~= ARGV[3] or known[2] then return {'fenced'} end
if ARGV[4] ~= '' and tonumber(ARGV[4]) > tonumber(known[3]) then
  redis.call('HSET', KEYS[1], 'progress', ARGV[4], 'attempts', 0)
end
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'media', ARGV[5]) end
if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'sessions', ARGV[6]) end
if ARGV[7] == '1' then redis.call('HSET', KEYS[1], 'attempts', 0) end
return {'ok', renew(ARGV[1], ARGV[2])}
`,
);
