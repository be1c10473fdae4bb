import { JOB_FIELDS } from '../../job-record.ts';

/**
 * The job's hash: spec (JSON), tenant ('' if no list shows it), notify (1 if its webhook is to be told of its end), status,
 * progress, epoch, attempts, owner, media (JSON), sessions, outcome (JSON, once it ended by itself), webhook; opened, updated,
 * started and finished (microseconds of Redis' clock); opener, seen and ender, which make calls that come twice harmless;
 * listed. record(): the values of the fields that make a record.
 */
export const RECORD = `
local function record()
  return redis.call('HMGET', KEYS[1], ${JOB_FIELDS.map((name) => `'${name}'`).join(', ')})
end
`;

/** finish(status, ttl, longest): the job changes no more. Replies what `renew` does. Needs CLOCK and RENEW. */
export const FINISH = `
local function finish(status, ttl, longest)
  redis.call('HSET', KEYS[1], 'status', status, 'finished', digits(micros()))
  redis.call('HDEL', KEYS[1], 'owner')
  if redis.call('HGET', KEYS[1], 'notify') == '1' then redis.call('HSET', KEYS[1], 'webhook', 'pending') end
  return renew(ttl, longest)
end
`;
