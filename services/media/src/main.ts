import {
  createLogger,
  describeConfig,
  hostPort,
  mediaSchema,
  readConfig,
  runProcess,
  say,
  untilSignal,
} from '@verbatim/kit';
import { startMediaProcess } from './media-process.ts';

/** Decodes files until a signal ends it; returns the exit code. */
async function main(): Promise<number> {
  const config = readConfig(mediaSchema, process.env);
  const logger = createLogger({ level: config.LOG_LEVEL, name: 'media' });
  logger.debug({ config: describeConfig(config) }, 'configuration');
  const signal = untilSignal();
  const { port, slots, ready, stop } = await startMediaProcess(config, logger);
  const address = `http://${hostPort(config.HOST, port)}`;
  const addresses = `metrics ${address}/metrics, health ${address}/health`;
  say(`Listening: ${addresses}`);
  const first = await Promise.race([signal, ready]);
  if (first === undefined) say(`Ready for ${slots} files at a time: ${addresses}`);
  const { unfinished } = await stop(await signal);
  return unfinished.length === 0 ? 0 : 1;
}

runProcess(main);
