import { script } from '../script.ts';
import { CLOCK, RENEW } from './common.ts';

/** ARGV: ttl. Replies [tenant, opened] of `renew`. */
export const TOUCH = script(
  CLOCK,
  RENEW,
  `
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
return {renew(ARGV[1])}
`,
);
