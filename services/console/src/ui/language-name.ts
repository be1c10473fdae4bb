const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' });

/** A language for people by its BCP-47 tag: "English" for "en". A tag that nobody knows stands for itself. */
export const languageName = (tag: string): string => {
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
};
