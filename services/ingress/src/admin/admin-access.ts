import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopbackHost } from '../origin.ts';
import { HttpError } from '../rest/http-error.ts';

/** Who may see all sessions of a server. */
export type AdminAccess =
  /** Whoever sends the key. */
  | { readonly type: 'key'; readonly hash: Buffer }
  /** Whoever is on this machine. */
  | { readonly type: 'this_machine' }
  | { readonly type: 'nobody' };

export interface AdminAccessOptions {
  readonly key?: string | undefined;
  /** Whether it listens where only this machine can connect, and may be open there. */
  readonly isLocal: boolean;
}

/** With a key, it is asked for; without one, only a server for its own machine is open. */
export const adminAccess = ({ key, isLocal }: AdminAccessOptions): AdminAccess => {
  if (key !== undefined) return { type: 'key', hash: hashOf(key) };
  return { type: isLocal ? 'this_machine' : 'nobody' };
};

/** Whether `HOST` is an address that only this machine can connect to. */
export const isLocalAddress = (host: string): boolean => isLoopbackHost(host) || host === '::1';

interface AdminRequest {
  readonly authorization?: string | undefined;
  readonly host?: string | undefined;
}

/** @throws HttpError `unauthorized` or `admin_disabled` */
export const checkAdmin = (access: AdminAccess, { authorization, host }: AdminRequest): void => {
  switch (access.type) {
    case 'key': {
      const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
      if (given !== undefined && timingSafeEqual(hashOf(given), access.hash)) return;
      const what = given === undefined ? 'needs' : 'was given a key that is not';
      throw new HttpError(401, 'unauthorized', `This ${what} the server's ADMIN_KEY, as "Authorization: Bearer KEY".`);
    }
    case 'this_machine':
      // A foreign page whose name was made to lead here (DNS rebinding) names itself as the host.
      if (isLoopbackHost(hostNameOf(host))) return;
      throw disabled();
    case 'nobody':
      throw disabled();
  }
};

const disabled = (): HttpError =>
  new HttpError(
    403,
    'admin_disabled',
    'This server shows its sessions to nobody: start it with an ADMIN_KEY to see them.',
  );

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

const hostNameOf = (host: string | undefined): string => {
  const address = `http://${host ?? ''}`;
  return URL.canParse(address) ? new URL(address).hostname : '';
};
