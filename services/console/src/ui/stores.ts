/** The browser's stores; null where it has none for this page, as with cookies turned off. */
export const sessionStore = (): Storage | null => storeOf(() => sessionStorage);
export const localStore = (): Storage | null => storeOf(() => localStorage);

const storeOf = (get: () => Storage): Storage | null => {
  try {
    return get();
  } catch {
    return null;
  }
};
