import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import type { ProtoGrpcType as JobsTypes } from './generated/jobs.ts';
import type { ProtoGrpcType as ModelsTypes } from './generated/models.ts';
import type { ProtoGrpcType as SpeechTypes } from './generated/speech.ts';

/** The repository's proto/ folder, seen from this file in src/ and in dist/ alike. */
export const defaultProtoDir = (): string => fileURLToPath(new URL('../../../../proto', import.meta.url));

/** The options the types in generated/ were made with; the two must agree. */
const LOADER_OPTIONS = { longs: String, enums: String, defaults: true, oneofs: true } as const;

export interface PublicApi {
  readonly definition: PackageDefinition;
  readonly services: SpeechTypes['verbatim']['stt']['v1'] &
    ModelsTypes['verbatim']['stt']['v1'] &
    JobsTypes['verbatim']['stt']['v1'];
}

/** Loads the public gRPC API from `protoDir`. */
export const loadPublicApi = (protoDir: string = defaultProtoDir()): PublicApi => {
  const files = ['speech', 'jobs', 'models'].map((name) => `verbatim/stt/v1/${name}.proto`);
  const definition = loadSync(files, { ...LOADER_OPTIONS, includeDirs: [protoDir] });
  const loaded = grpc.loadPackageDefinition(definition) as unknown as SpeechTypes & ModelsTypes & JobsTypes;
  return { definition, services: loaded.verbatim.stt.v1 };
};
