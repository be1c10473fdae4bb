/** Why the microphone can't be heard, and what to do, in a sentence or two. */
export const microphoneProblem = (error: unknown, isSecure: boolean): string => {
  if (!isSecure) {
    return 'Browsers give pages a microphone only over https or on localhost. Open this page by https, or through a tunnel to localhost.';
  }
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'The browser does not let this page use the microphone. Allow it in the page’s settings, beside its address, and press Start again.';
    case 'NotFoundError':
      return 'There is no microphone here. Connect one, and press Start again.';
    case 'NotReadableError':
    case 'AbortError':
      return 'The microphone does not answer: another program may be using it, or the browser has nothing to play sound on. Mend that, and press Start again.';
    default:
      return `The microphone can’t be used: ${message}`;
  }
};
