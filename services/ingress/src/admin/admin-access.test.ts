import { describe, expect, it } from 'vitest';
import { type AdminAccess, adminAccess, checkAdmin, isLocalAddress } from './admin-access.ts';

const key = 'a key of some length';
const bearer = (given: string) => ({ authorization: `Bearer ${given.replaceAll(' ', '-')}`, host: 'localhost:8000' });
const codeOf = (access: AdminAccess, request: Parameters<typeof checkAdmin>[1]): string | null => {
  try {
    checkAdmin(access, request);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the sessions of a server', () => {
  it('are for who has the key, where there is one', () => {
    const access = adminAccess({ key: key.replaceAll(' ', '-'), isLocal: true });
    expect(codeOf(access, bearer(key))).toBeNull();
    expect(codeOf(access, bearer(`${key}!`))).toBe('unauthorized');
    expect(codeOf(access, { host: 'localhost' })).toBe('unauthorized');
    expect(codeOf(access, { authorization: `Basic ${key}`, host: 'localhost' })).toBe('unauthorized');
  });

  it('are for this machine, on a server that only this machine can reach', () => {
    const access = adminAccess({ isLocal: true });
    for (const host of ['localhost:8000', '127.0.0.1', '[::1]:8000']) expect(codeOf(access, { host })).toBeNull();
    for (const host of ['evil.example:8000', undefined]) expect(codeOf(access, { host })).toBe('admin_disabled');
  });

  it('are for nobody otherwise', () => {
    expect(codeOf(adminAccess({ isLocal: false }), bearer(key))).toBe('admin_disabled');
  });
});

describe('isLocalAddress', () => {
  it('knows the addresses of this machine alone', () => {
    expect(['127.0.0.1', 'localhost', '::1'].map(isLocalAddress)).toEqual([true, true, true]);
    expect(['0.0.0.0', '::', '10.0.0.1'].map(isLocalAddress)).toEqual([false, false, false]);
  });
});
