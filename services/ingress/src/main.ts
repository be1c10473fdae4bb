import {
  createLogger,
  describeConfig,
  hostPort,
  ingressSchema,
  readConfig,
  runProcess,
  say,
  untilSignal,
} from '@verbatim/kit';
import { startIngressProcess } from './ingress-process.ts';

/** Runs the doors until a signal ends them; returns the exit code. */
const main = async (): Promise<number> => {
  const config = readConfig(ingressSchema, process.env);
  const logger = createLogger({ level: config.LOG_LEVEL, name: 'ingress' });
  logger.debug({ config: describeConfig(config) }, 'configuration');
  const signal = untilSignal();
  const { httpPort, grpcPort, metricsPort, ready, stop } = await startIngressProcess(config, logger);
  const [http, grpc, metrics] = [httpPort, grpcPort, metricsPort].map((port) => hostPort(config.HOST, port));
  const addresses = `WebSocket ws://${http}/v1/stt/stream, gRPC ${grpc}, metrics http://${metrics}/metrics`;
  say(`Listening: ${addresses}`);
  const first = await Promise.race([signal, ready]);
  if (first === undefined) say(`Ready: ${addresses}`);
  const { unfinished } = await stop(await signal);
  return unfinished.length === 0 ? 0 : 1;
};

runProcess(main);
