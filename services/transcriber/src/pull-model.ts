import { createLogger, readConfig, runProcess, say, transcriberSchema, untilSignal } from '@verbatim/kit';
import { findModel, ModelError, modelFolder, prepareEngine } from '@verbatim/speech';

/**
 * Fetches the configured model, compares it with its checksums and builds its graphs, then ends: for images that carry
 * their model, and for init containers. Does nothing where all of that is there. Returns the exit code.
 */
async function main(): Promise<number> {
  const config = readConfig(transcriberSchema, process.env);
  const logger = createLogger({ level: config.LOG_LEVEL, name: 'pull-model' });
  const model = findModel(config.STT_MODEL);
  const interrupted = new AbortController();
  void untilSignal().then(() =>
    interrupted.abort(new ModelError('The download was interrupted; it goes on next time.')),
  );
  await prepareEngine(model, {
    cacheDir: config.VERBATIM_CACHE_DIR,
    source: config.VERBATIM_MODEL_SOURCE,
    signal: interrupted.signal,
    log: (sentence) => logger.info(sentence),
  });
  say(`${model.id} is in ${modelFolder(model, config.VERBATIM_CACHE_DIR)}`);
  return 0;
}

runProcess(main, [ModelError]);
