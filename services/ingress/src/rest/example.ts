/** Where `npm start` listens, which examples name. */
const SERVER = 'http://127.0.0.1:8000';

/**
 * A sentence about a route and a command that uses it. The commands are run, in the order of the document, by
 * test/e2e/docs-examples.test.ts: $JOB and $SESSION are ids of its own, speech.wav is a file.
 */
export const withExample = (sentence: string, path: string, options = ''): string =>
  `${sentence}\n\n\`\`\`sh\ncurl ${options === '' ? '' : `${options} `}"${SERVER}${path}"\n\`\`\``;
