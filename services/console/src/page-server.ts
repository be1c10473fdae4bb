/** The server that the page came from, with the path under which it has it. */
export const pageServer = (): URL => new URL('.', document.baseURI);
