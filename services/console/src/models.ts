import { signal } from '@preact/signals';
import type { Model, VerbatimApi } from '@verbatim/client';

/** What the server can transcribe with; empty until it has said so. */
export const models = signal<readonly Model[]>([]);

/** Asks the server once. @throws ApiError or ClientError. */
export const loadModels = async (api: Pick<VerbatimApi, 'models'>): Promise<void> => {
  if (models.value.length === 0) models.value = await api.models();
};
