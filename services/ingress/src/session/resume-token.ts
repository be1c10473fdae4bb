import { createHash, timingSafeEqual } from 'node:crypto';

/** What the store keeps of a resume token: its SHA-256 in hex. The token has 192 random bits, so no salt is needed. */
export const hashResumeToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Whether `token` is the one behind `hash`, in a time that does not depend on where they differ. */
export const resumeTokenMatches = (token: string, hash: string): boolean => {
  const offered = Buffer.from(hashResumeToken(token));
  const kept = Buffer.from(hash);
  return offered.length === kept.length && timingSafeEqual(offered, kept);
};
