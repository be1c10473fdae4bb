import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Crds, ensureCrds } from '../kube/crds.ts';
import { helmProgram } from '../kube/helm.ts';
import { findKit, Kit } from '../kube/kit.ts';
import { CASES } from './cases.ts';
import { ROOT, render, renderText } from './chart.ts';
import { podsOf } from './manifests.ts';

const kit = findKit(ROOT);
const missing = 'missing' in kit ? kit.missing : helmProgram() === undefined ? 'helm is not on this machine' : null;

/** A first start, and the first making of definitions beside it. */
const START_TIMEOUT_MS = 300_000;
const RESTRICTED = {
  'pod-security.kubernetes.io/enforce': 'restricted',
  'pod-security.kubernetes.io/warn': 'restricted',
};
const APPLY = ['apply', '--server-side', '--validate=strict', '--filename', '-'];

describe.skipIf(missing !== null)(`the chart and a real API server${missing === null ? '' : ` (${missing})`}`, () => {
  let folder: string;
  let cluster: Kit;
  let crds: Crds;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'verbatim-chart-server-'));
    [cluster, crds] = await Promise.all([
      Kit.start('folder' in kit ? kit.folder : '', path.join(folder, 'kit'), `chart-${process.pid}`),
      ensureCrds(),
    ]);
    if ('folder' in crds) await define(cluster, crds.folder);
    await makeSurroundings(cluster);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** What the API server says of objects that it would take; a dry run leaves nothing behind. */
  const dryRun = async (text: string) => await cluster.kubectlAnyhow([...APPLY, '--dry-run=server'], { input: text });

  it.for(CASES)('agree about $title', async ({ values, crds: needsCrds, ...release }, { skip }) => {
    if (needsCrds && 'missing' in crds) return skip(crds.missing);
    const { code, stdout, stderr } = await dryRun(await renderText(values, release));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength((await render(values, release)).length);
  });

  it('agree about the plain manifests, whose namespace takes restricted pods alone', async () => {
    const folder = path.join(ROOT, 'k8s');
    await cluster.kubectl(['apply', '--server-side', '--filename', path.join(folder, 'namespace.yaml')]);
    const args = ['apply', '--server-side', '--validate=strict', '--dry-run=server', '--kustomize', folder];
    const { code, stdout, stderr } = await cluster.kubectlAnyhow(args);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('deployment.apps/verbatim-transcriber-default serverside-applied');
  });

  it('would not agree about pods with more rights', async () => {
    const rights = { capabilities: { drop: ['KILL'] } };
    const { stderr } = await dryRun(await renderText({ containerSecurityContext: rights, tests: { enabled: false } }));
    expect(stderr.match(/would violate PodSecurity "restricted:latest"/g)).toHaveLength(5);
  });

  it('would not agree about a field that there is not', async () => {
    const { code, stderr } = await dryRun((await renderText({})).replace('maxSurge:', 'maxSurgePods:'));
    expect(stderr).toContain('.spec.strategy.rollingUpdate.maxSurgePods: field not declared in schema');
    expect(code).not.toBe(0);
  });

  it('would not agree about such a field of another project’s object', async ({ skip }) => {
    if ('missing' in crds) return skip(crds.missing);
    const autoscaling = { enabled: true, by: 'keda' };
    const text = await renderText({ transcriber: { autoscaling } });
    const { stderr } = await dryRun(text.replace('pollingInterval:', 'pollingSeconds:'));
    expect(stderr).toContain('.spec.pollingSeconds: field not declared in schema');
  });
});

/** Definitions of other projects' objects, which the server then knows. */
const define = async (cluster: Kit, folder: string): Promise<void> => {
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '--filename', folder]);
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
};

/** What a dry run asks for: the namespaces, which take restricted pods alone, and the accounts of pods in them. */
const makeSurroundings = async (cluster: Kit): Promise<void> => {
  const objects = new Map<string, object>();
  for (const { values, name, namespace = 'voices' } of CASES) {
    objects.set(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: RESTRICTED } });
    for (const { owner, spec } of podsOf(await render(values, { namespace, ...(name && { name }) }))) {
      if (owner.kind !== 'Pod') continue;
      const metadata = { name: spec.serviceAccountName, namespace };
      objects.set(`${namespace}/${metadata.name}`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    }
  }
  for (const kind of ['Namespace', 'ServiceAccount']) {
    const items = [...objects.values()].filter((object) => 'kind' in object && object.kind === kind);
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await cluster.kubectl(['apply', '--server-side', '--filename', '-'], { input });
  }
};
