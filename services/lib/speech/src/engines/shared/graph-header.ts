/** Producer, IR version and operator sets of both graphs. */
export const graphHeader = [
  'verbatim',
  10,
  [
    { domain: '', version: 17 },
    { domain: 'com.microsoft', version: 1 },
  ],
] as const;
