import { z } from 'zod';

/** Session ids travel in NATS subjects and Redis keys: letters, digits, '-' and '_' only, 1 to 64 of them. */
export const sessionIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" or "_"');

/** A new, unguessable id with a letter that says what it names. */
export const newId = (letter: string): string => `${letter}-${randomText(12)}`;

/** A new, unguessable session id. */
export const newSessionId = (): string => newId('s');

/** A new secret that proves the right to resume a session (192 bits). */
export const newResumeToken = (): string => randomText(24);

/** Random bytes in base64url, by what browsers and Node both have. */
const randomText = (byteCount: number): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(byteCount))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
