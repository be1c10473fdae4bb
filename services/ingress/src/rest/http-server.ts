import multipart from '@fastify/multipart';
import type { Logger } from '@verbatim/kit';
import fastify, { type FastifyInstance, type HTTPMethods } from 'fastify';
import { addDocs, collectOpenApi } from './docs.ts';
import { HttpError } from './http-error.ts';
import { sendProblem, toProblem } from './problem.ts';
import { COMPONENTS } from './schemas.ts';
import { skipUnreadBody } from './unread-body.ts';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * The HTTP server with everything but its doors, which `addDoors` brings: problems for every error, 405 for a method
 * that a path does not have, the API's description and its page.
 * @param onProblem hears the code of every problem that a route's client is told of
 */
export const buildHttpServer = async (
  log: Logger,
  addDoors: (app: FastifyInstance) => Promise<void>,
  onProblem: (code: string) => void,
): Promise<FastifyInstance> => {
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    // A problem says what is wrong with a request before it has a route, too.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, error),
    ajv: { customOptions: { strict: false } },
  });
  app.setErrorHandler(async (error, request, reply) => {
    const { status, code } = toProblem(error);
    if (!request.socket.destroyed) onProblem(code);
    if (status >= 500 && !(error instanceof HttpError)) {
      log.error({ err: error, method: request.method, path: request.routeOptions.url }, 'An HTTP request failed.');
    }
    await skipUnreadBody(request, reply);
    return sendProblem(reply, error);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, new HttpError(404, 'not_found', `There is no ${request.url.split('?')[0]} here; see /docs.`)),
  );
  for (const component of COMPONENTS) app.addSchema(component);
  await app.register(multipart);
  await collectOpenApi(app);
  const paths = watchPaths(app);
  await addDoors(app);
  refuseOtherMethods(app, paths);
  await addDocs(app);
  return app;
};

/** The methods of every path that is added from now on. */
const watchPaths = (app: FastifyInstance): ReadonlyMap<string, ReadonlySet<string>> => {
  const paths = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = paths.get(url) ?? new Set();
    paths.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  return paths;
};

const refuseOtherMethods = (app: FastifyInstance, paths: ReadonlyMap<string, ReadonlySet<string>>): void => {
  for (const [url, methods] of [...paths]) {
    const allowed = [...methods].join(', ');
    app.route({
      method: METHODS.filter((method) => !methods.has(method)),
      url,
      schema: { hide: true },
      handler: (request, reply) =>
        sendProblem(
          reply.header('allow', allowed),
          new HttpError(405, 'method_not_allowed', `${url} has no ${request.method}; it has ${allowed}.`),
        ),
    });
  }
};
