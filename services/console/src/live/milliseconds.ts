/** A latency for people: "412 ms". */
export const milliseconds = (ms: number): string => `${Math.round(ms)} ms`;
