import { script } from '../script.ts';

/** ARGV: epoch. */
export const VOUCH = script(`
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then redis.call('HSET', KEYS[1], 'attempts', 0) end
return 1
`);
