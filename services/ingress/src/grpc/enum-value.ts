/**
 * An enum of proto3 in the spelling of the other doors: `ENCODING_MULAW` → `mulaw`, `…_UNSPECIFIED` → absent. A number that is
 * no known value stays what it is, for the request's parser to refuse.
 */
export const enumValue = (value: unknown, prefix: string): unknown => {
  if (typeof value !== 'string') return value;
  return value === `${prefix}_UNSPECIFIED` ? undefined : value.slice(prefix.length + 1).toLowerCase();
};
