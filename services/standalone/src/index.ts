export { downloadBar } from './download-bar.ts';
export { type Embedded, type EmbeddedOptions, startEmbedded } from './embedded.ts';
export { sessionDeps } from './live-settings.ts';
export { type ServerHooks, type StandaloneServer, startServer } from './server.ts';
