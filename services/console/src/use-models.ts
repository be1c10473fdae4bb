import { type ReadonlySignal, signal } from '@preact/signals';
import { ClientError, type Model, type VerbatimApi } from '@verbatim/client';
import { useEffect } from 'preact/hooks';

const AGAIN_MS = 5_000;

const models = signal<readonly Model[]>([]);
const problem = signal<string | null>(null);

/** What the server can transcribe with. */
export interface KnownModels {
  /** Empty until the server has said so. */
  readonly models: ReadonlySignal<readonly Model[]>;
  /** Why it has not; null while nothing is wrong. */
  readonly problem: ReadonlySignal<string | null>;
}

/** Asks the server for its models, until it has told them. */
export const useModels = (api: Pick<VerbatimApi, 'models'>): KnownModels => {
  useEffect(() => {
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        models.value = await api.models(over.signal);
        problem.value = null;
      } catch (error) {
        if (over.signal.aborted) return;
        problem.value = sentenceOf(error);
        timer = setTimeout(ask, AGAIN_MS);
      }
    };
    void ask();
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [api]);
  return { models, problem };
};

const sentenceOf = (error: unknown): string =>
  error instanceof ClientError || !(error instanceof Error)
    ? 'The server can’t be reached. The page asks again by itself.'
    : error.message;
