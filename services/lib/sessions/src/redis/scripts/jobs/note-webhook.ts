import { script } from '../../script.ts';

/** ARGV: state. */
export const NOTE_WEBHOOK = script(`
if redis.call('HEXISTS', KEYS[1], 'spec') == 1 then redis.call('HSET', KEYS[1], 'webhook', ARGV[1]) end
return 1
`);
