const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a page of `origin` may open a WebSocket here. Browsers let any page connect to any server, the one on the
 * user's own machine included, and no preflight asks first (cross-site WebSocket hijacking): the server itself has to
 * look. Accepted by default: programs (no Origin header), pages of this server, pages of this machine, and pages from
 * files, whose origin is "null"; the plain browser client is one of those. `allowed` adds origins; "*" is any.
 */
export const originAllowed = (
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean => {
  if (origin === undefined || origin === 'null' || origin.startsWith('file:')) return true;
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  return page.host === host || LOOPBACK.has(page.hostname);
};
