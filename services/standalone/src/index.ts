export { type Embedded, type EmbeddedOptions, startEmbedded } from './embedded.ts';
export { sessionDeps } from './live-settings.ts';
export { type ModelBars, modelBars } from './progress-bars.ts';
export { type ServerHooks, type StandaloneServer, startServer } from './server.ts';
