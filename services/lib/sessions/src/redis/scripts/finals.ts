import { script } from '../script.ts';

/** ARGV: sequence after which to begin. Replies the finals as JSON; read in pieces, as Lua passes few arguments at once. */
export const FINALS = script(`
local last = tonumber(redis.call('HGET', KEYS[1], 'next') or 1) - 1
local found = {}
for first = tonumber(ARGV[1]) + 1, last, 1000 do
  local fields = {}
  for sequence = first, math.min(first + 999, last) do fields[#fields + 1] = 'f:' .. string.format('%d', sequence) end
  for _, final in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do found[#found + 1] = final end
end
return found
`);
