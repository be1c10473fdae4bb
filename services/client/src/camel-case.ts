/** JSON as the server writes it, with the names of its fields as TypeScript writes them: `start_ms` becomes `startMs`. */
export const camelCased = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [camelCasedName(name), camelCased(held)]));
};

const camelCasedName = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
