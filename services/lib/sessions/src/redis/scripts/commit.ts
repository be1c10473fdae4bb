import { script } from '../script.ts';
import { CLOCK, RENEW } from './common.ts';

/**
 * ARGV: process, number of the step within the process, ttl, epoch, cursor, state, sequence or '', final or '', finals
 * before or ''. Replies [result, cursor, next, tenant, opened]. The last step is remembered, so that a step that comes again is known: it is
 * 'ok' again while it is the last one, and 'overtaken' after that.
 */
export const COMMIT = script(
  CLOCK,
  RENEW,
  `
local known = redis.call('HMGET', KEYS[1], 'epoch', 'reason', 'cursor', 'next', 'step')
if not known[1] then return {'fenced'} end
if known[5] then
  local process, number = string.match(known[5], '^(.*) (%d+)$')
  if process == ARGV[1] and tonumber(number) == tonumber(ARGV[2]) then return {'ok'} end
  if process == ARGV[1] and tonumber(number) > tonumber(ARGV[2]) then return {'overtaken'} end
end
if known[1] ~= ARGV[4] or known[2] then return {'fenced'} end
if ARGV[9] ~= '' and tonumber(known[4]) <= tonumber(ARGV[9]) then return {'lost', known[3], known[4]} end
if tonumber(ARGV[5]) < tonumber(known[3]) then return {'backwards', known[3]} end
if ARGV[7] ~= '' then
  if ARGV[7] ~= known[4] then return {'out_of_sequence', known[3], known[4]} end
  redis.call('HSET', KEYS[1], 'f:' .. ARGV[7], ARGV[8])
  redis.call('HINCRBY', KEYS[1], 'next', 1)
end
redis.call('HSET', KEYS[1], 'cursor', ARGV[5], 'state', ARGV[6], 'attempts', 0, 'step', ARGV[1] .. ' ' .. ARGV[2])
return {'ok', ARGV[5], known[4], renew(ARGV[3])}
`,
);
