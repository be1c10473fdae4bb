/**
 * The session's hash: spec (JSON), tenant ('' if no list shows it), token, door, owner, epoch, attempts, cursor, next, state, opened and updated
 * (microseconds of Redis' own clock, one for all pods), reason (once closed), f:1, f:2… (finals as JSON), and what makes
 * calls that come twice harmless: opener, seen, step; listed (when the tenant's list was renewed last).
 */
export const CLOCK = `
local function micros()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local function digits(number)
  return string.format('%.0f', number)
end
`;

/**
 * renew(ttl, longest): the record was active. Returns its tenant and time of opening when the tenant's list, which lives on
 * its own, is to be renewed too: once in half of the longest time to live that its records have, if that is another one.
 * (Both in milliseconds: ttl * 500 is half of it in microseconds.)
 */
export const RENEW = `
local function renew(ttl, longest)
  local now = micros()
  local known = redis.call('HMGET', KEYS[1], 'tenant', 'opened', 'listed')
  redis.call('PEXPIRE', KEYS[1], ttl)
  if now - known[3] < (longest or ttl) * 500 then
    redis.call('HSET', KEYS[1], 'updated', digits(now))
    return false, false
  end
  redis.call('HSET', KEYS[1], 'updated', digits(now), 'listed', digits(now))
  return known[1], known[2]
end
`;

/**
 * seen(id): the epoch of an earlier run of the same call, or nil. A call may run again after its answer was lost, even
 * after other calls (a dead connection's last packet); of each record's calls the last sixteen are remembered.
 */
export const SEEN = `
local function seen(id)
  local calls = redis.call('HGET', KEYS[1], 'seen') or ''
  return string.match(calls, id .. '=(%d+);')
end
local function remember(id, epoch)
  local calls = (redis.call('HGET', KEYS[1], 'seen') or '') .. id .. '=' .. epoch .. ';'
  local _, count = string.gsub(calls, ';', ';')
  if count > 16 then calls = string.gsub(calls, '^[^;]*;', '') end
  redis.call('HSET', KEYS[1], 'seen', calls)
end
`;
