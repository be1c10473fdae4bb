import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { Helm, helmProgram } from '../kube/helm.ts';
import type { Manifest } from './manifests.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const CHART = path.join(ROOT, 'charts', 'verbatim');

export type Values = Readonly<Record<string, unknown>>;

export interface Release {
  readonly name?: string;
  readonly namespace?: string;
}

/** Stands behind a describe's name where its tests skip: why there is no helm. */
export const withoutHelm = helmProgram() === undefined ? ' (helm is not on this machine)' : '';

export const helm = (): Helm => new Helm(helmProgram() ?? 'helm', path.join(tmpdir(), 'verbatim-test-helm'));

const templateArgs = ({ name = 'speech', namespace = 'voices' }: Release): readonly string[] => [
  'template',
  name,
  CHART,
  '--namespace',
  namespace,
  '--values',
  '-',
];

/** With a registry, which the chart asks for. */
export const withRegistry = ({ image, ...values }: Values): string =>
  JSON.stringify({ ...values, image: { registry: 'registry.example.com', ...(image as object | undefined) } });

/** What helm would send to a cluster, as text. */
export const renderText = async (values: Values, release: Release = {}): Promise<string> =>
  await helm().run(templateArgs(release), { input: withRegistry(values) });

/** What helm would send to a cluster, the pod of `helm test` included. */
export const render = async (values: Values, release: Release = {}): Promise<readonly Manifest[]> =>
  parseManifests(await renderText(values, release));

/** What helm says of values that it does not take; empty where it takes them. */
export const refusal = async (values: Values, release: Release = {}): Promise<string> => {
  const { code, stderr } = await helm().runAnyhow(templateArgs(release), { input: withRegistry(values) });
  return code === 0 ? '' : stderr;
};

/**
 * Reads YAML as kubectl does: by its version 1.1, in which a bare `on` is true, and with no key twice.
 * @throws YAMLParseError
 */
const parseManifests = (text: string): readonly Manifest[] =>
  parseAllDocuments(text, { version: '1.1', uniqueKeys: true }).flatMap((document) => {
    for (const error of document.errors) throw error;
    const manifest = document.toJS();
    return manifest === null ? [] : [manifest];
  });
