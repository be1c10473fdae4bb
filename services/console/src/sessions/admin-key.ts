const NAME = 'verbatim.admin-key';

/** The operator's key, for as long as the tab is open; never where it would outlive that. */
export const readAdminKey = (storage: Pick<Storage, 'getItem'>): string | undefined =>
  storage.getItem(NAME) ?? undefined;

export const keepAdminKey = (storage: Pick<Storage, 'setItem'>, key: string): void => storage.setItem(NAME, key);
