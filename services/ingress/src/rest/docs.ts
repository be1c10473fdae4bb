import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

const DESCRIPTION = `Speech to text over HTTP: files become text as jobs, or with OpenAI's clients. Live audio goes over the
WebSocket at \`/v1/stt/stream\` or over gRPC (\`verbatim.stt.v1.SpeechService\`, with server reflection); its sessions can be
read and erased here.`;

/** Collects the routes that are added after it into an OpenAPI 3.1 document. */
export const collectOpenApi = async (app: FastifyInstance): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Verbatim',
        version: '1',
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'jobs', description: 'Files to text' },
        { name: 'openai', description: 'For clients of OpenAI’s audio API' },
        { name: 'sessions', description: 'Live sessions and their text' },
        { name: 'models', description: 'What can transcribe' },
        { name: 'admin', description: 'For who runs the server' },
        { name: 'health', description: 'For probes and people' },
      ],
    },
    // Components keep the names of their schemas, in place of def-0, def-1…
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `def-${index}`) },
  });
};

/** Adds /openapi.json and the page at /docs to try it, whose files come from the package: no other host is asked. */
export const addDocs = async (app: FastifyInstance): Promise<void> => {
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { url: '/openapi.json', deepLinking: true },
  });
};
