import { script } from '../../script.ts';
import { CLOCK, RENEW } from '../common.ts';
import { FINISH, RECORD } from './common.ts';

/** ARGV: ttl, longest. Replies nil for an unknown job, else [record, [tenant, opened] of `renew`]. */
export const CANCEL_JOB = script(
  CLOCK,
  RENEW,
  RECORD,
  FINISH,
  `
local known = redis.call('HMGET', KEYS[1], 'spec', 'finished')
if not known[1] then return false end
local due = {}
if not known[2] then due = {finish('cancelled', ARGV[1], ARGV[2])} end
return {record(), due}
`,
);
