import { readdirSync, rmSync } from 'node:fs';
import { relative } from 'node:path';
import { at, Problem, runTool } from './project.mjs';

/** Where the types of the gRPC messages go; not kept in git. */
export const GENERATED = 'services/ingress/src/grpc/generated';

const protoFiles = () =>
  readdirSync(at('proto'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.proto'))
    .map((entry) => relative(at('proto'), `${entry.parentPath ?? entry.path}/${entry.name}`))
    .sort();

/** Generates TypeScript types from every .proto file; the options are those that the ingress loads them with. */
export const generateTypes = async () => {
  rmSync(at(GENERATED), { recursive: true, force: true });
  const { code, output } = await runTool('@grpc/proto-loader/build/bin/proto-loader-gen-types.js', [
    '--longs=String',
    '--enums=String',
    '--defaults',
    '--oneofs',
    '--grpcLib=@grpc/grpc-js',
    '--importFileExtension=.ts',
    `--includeDirs=${at('proto')}`,
    `--outDir=${at(GENERATED)}`,
    ...protoFiles(),
  ]);
  if (code !== 0) throw new Problem(`The types can't be generated from proto/:\n${output.trim()}`);
};
