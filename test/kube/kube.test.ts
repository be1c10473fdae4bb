import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallsReport } from './callers-main.ts';
import { Calls, type CallsOptions } from './calls.ts';
import { killPod, killProcesses, NAMESPACE, podsOf, reaches, untilReady } from './deployment.ts';
import { Helm, helmProgram } from './helm.ts';
import { buildImages, imageBytes, missingForImages, TARGETS, tagImages } from './images.ts';
import { findKit, Kit, until } from './kit.ts';
import { startModelRegistry } from './registry.ts';

// Verbatim on a real Kubernetes, as a platform team meets it: installed, talked to, killed, upgraded, scaled and removed.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = path.join(ROOT, '.verbatim', 'kube');
const CHART = path.join(ROOT, 'charts', 'verbatim');
const VALUES = path.join(ROOT, 'test', 'kube', 'values.yaml');
const TRACKS = 5;

const found = findKit(ROOT);
const reason = 'missing' in found ? found.missing : (missingForImages() ?? (helmProgram() ? null : 'there is no helm'));

const say = (text: string) => process.stdout.write(`[kube] ${text}\n`);

describe.skipIf(reason !== null)(
  `helm install on a real cluster${reason === null ? '' : ` (skipped: ${reason})`}`,
  () => {
    let kit: Kit;
    let helm: Helm;
    let calls: CallsOptions;
    const talking = new Set<Calls>();

    beforeAll(async () => {
      await mkdir(FOLDER, { recursive: true });
      const began = performance.now();
      const took = () => `${Math.round((performance.now() - began) / 1000)} s`;
      kit = await Kit.start((found as { folder: string }).folder, path.join(FOLDER, 'kit'), 'verbatim-kube');
      helm = new Helm(helmProgram()!, path.join(FOLDER, 'helm'), kit.kubeconfig);
      say(`a node of Kubernetes after ${took()}`);
      await buildImages(ROOT, path.join(FOLDER, 'images'), kit, '1');
      await tagImages(kit, '1', '2');
      say(`images built and loaded after ${took()}`);
      for (const target of TARGETS) {
        say(
          `verbatim-${target}: ${Math.round((await imageBytes(`localhost/verbatim-${target}:1`)) / 1e6)} MB of files`,
        );
      }
      await kit.kubectl(['create', 'namespace', NAMESPACE]);
      await kit.kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']);
    }, 900_000);

    afterAll(async () => {
      for (const each of talking) each.kill();
      await kit?.[Symbol.asyncDispose]();
      await rm(path.join(FOLDER, 'helm'), { recursive: true, force: true });
    }, 120_000);

    const talk = async (concurrency: number): Promise<Calls> => {
      const started = await Calls.start(kit, { ...calls, concurrency });
      talking.add(started);
      await until('sessions that talk', 30_000, async () => started.active >= concurrency);
      // All of them are in the midst of something.
      await sleep(6_000);
      return started;
    };

    const lostNothing = (what: string, { sessions, finals, problems, moved, errors }: CallsReport) => {
      const early = Object.entries(errors).map(([code, count]) => `${count} ${code}`);
      say(
        `${what}: ${sessions} sessions, ${finals} finals, ${moved} moved; connections that ended early: ${early.join(', ') || 'none'}`,
      );
      expect(problems).toEqual([]);
      expect(sessions).toBeGreaterThan(0);
    };

    const deploy = (command: 'install' | 'upgrade', ...settings: readonly string[]) => {
      const chart = [command, 'verbatim', CHART, '-n', NAMESPACE, '-f', VALUES];
      return helm.run([...chart, ...settings, '--wait', '--timeout', '240s']);
    };

    it('installs with one command, and every pod is ready', async () => {
      // The kit's volumes belong to root and know no fsGroup, as real ones do.
      const opening = setInterval(() => {
        kit.onNode('sh', '-c', 'chmod -f 0777 /tmp/hostpath_pv/* || true').catch(() => {});
      }, 500);
      const began = performance.now();
      try {
        const said = await deploy('install');
        expect(said).toContain('helm -n verbatim test verbatim');
      } finally {
        clearInterval(opening);
      }
      say(`installed and ready after ${Math.round((performance.now() - began) / 1000)} s`);
      const pods = await podsOf(kit);
      expect(pods.map(({ isReady }) => isReady)).toEqual(pods.map(() => true));
      expect(pods).toHaveLength(7);
      const { spec } = await kit.get('service', 'verbatim-ingress', '-n', NAMESPACE);
      calls = {
        ...{ root: ROOT, address: spec.clusterIP, tracks: TRACKS, concurrency: 5 },
        reference: path.join(FOLDER, 'reference.json'),
      };
    }, 300_000);

    it('passes helm test on real speech', async () => {
      const said = await helm.run(['test', 'verbatim', '-n', NAMESPACE, '--logs', '--timeout', '180s']);
      say(/\d+ of \d+ words are right/.exec(said)?.[0] ?? said);
      expect(said).toMatch(/\d+ of 14 words are right/);
    }, 240_000);

    it('transcribes a file', async () => {
      const file = path.join(ROOT, 'test', 'fixtures', 'speech', 'jfk.wav');
      const door = `http://${calls.address}:8000/v1/audio/transcriptions`;
      const said = await kit.onNode('curl', '-sS', '-F', 'model=whisper-1', '-F', `file=@${file}`, door);
      expect(JSON.parse(said).text.toLowerCase()).toContain('ask what you can do for your country');
    }, 60_000);

    it('carries sessions that nobody disturbs', async () => {
      lostNothing('undisturbed', await Calls.learn(kit, calls));
    }, 240_000);

    it('loses no word when transcribers and an ingress are killed', async () => {
      const running = await talk(6);
      const [transcriber] = await podsOf(kit, 'transcriber');
      await killProcesses(kit, transcriber!);
      await sleep(5_000);
      const [ingress] = await podsOf(kit, 'ingress');
      await killPod(kit, ingress!);
      await untilReady(kit, 'ingress', 2);
      await untilReady(kit, 'transcriber', 2);
      await sleep(3_000);
      const [, other] = await podsOf(kit, 'transcriber');
      await killPod(kit, other!);
      await sleep(5_000);
      const report = await running.finish();
      lostNothing('killed', report);
      expect(report.moved).toBeGreaterThan(0);
      await untilReady(kit, 'transcriber', 2);
    }, 300_000);

    it('takes over the sessions of a transcriber that is killed for its memory', async () => {
      const running = await talk(4);
      const [victim] = await podsOf(kit, 'transcriber');
      // Many small processes beside it fill the container's memory; the kernel takes the largest.
      const hog = `for i in $(seq 14); do node -e 'globalThis.a = Buffer.alloc(64e6, 1); setTimeout(() => {}, 20000)' & done; wait`;
      await kit.kubectlAnyhow(['exec', '-n', NAMESPACE, victim!.name, '--', 'sh', '-c', hog]);
      const killed = await until('a pod that was killed for its memory', 60_000, async () =>
        (await podsOf(kit, 'transcriber')).find(({ lastEnd }) => lastEnd === 'OOMKilled'),
      );
      expect(killed.name).toBe(victim!.name);
      lostNothing('out of memory', await running.finish());
      await untilReady(kit, 'transcriber', 2);
    }, 300_000);

    it('breaks no session in a rolling upgrade, and none in a rollback', async () => {
      const running = await talk(5);
      const began = performance.now();
      await deploy('upgrade', '--set-string', 'image.tag=2');
      say(`upgraded after ${Math.round((performance.now() - began) / 1000)} s`);
      for (const component of TARGETS) {
        for (const { images, isLeaving } of await podsOf(kit, component)) {
          if (!isLeaving) expect(images).toEqual([`localhost/verbatim-${component}:2`]);
        }
      }
      const upgraded = await running.finish();
      lostNothing('upgraded', upgraded);
      expect(upgraded.moved).toBeGreaterThan(0);

      const again = await talk(5);
      await helm.run(['rollback', 'verbatim', '1', '-n', NAMESPACE, '--wait', '--timeout', '180s']);
      for (const { images, isLeaving } of await podsOf(kit, 'ingress')) {
        if (!isLeaving) expect(images).toEqual(['localhost/verbatim-ingress:1']);
      }
      lostNothing('rolled back', await again.finish());
    }, 480_000);

    it('fetches its model in an init container where the image is to have none', async () => {
      using registry = await startModelRegistry(kit, ROOT, path.join(FOLDER, 'registry'));
      const models = { from: 'download' };
      const extraEnv = [{ name: 'npm_config_registry', value: registry.url }];
      const sources = [{ ipBlock: { cidr: `${registry.host}/32` } }];
      await deploy(
        'upgrade',
        ...['--set-json', `transcriber.models=${JSON.stringify(models)}`],
        ...['--set-json', `transcriber.extraEnv=${JSON.stringify(extraEnv)}`],
        ...['--set-json', `networkPolicy.modelSources=${JSON.stringify(sources)}`],
      );
      const [pod] = await untilReady(kit, 'transcriber', 2);
      const said = await kit.kubectl(['logs', pod!.name, '-n', NAMESPACE, '-c', 'model']);
      expect(said).toContain('moonshine-tiny is in /var/cache/verbatim');
      await helm.run(['test', 'verbatim', '-n', NAMESPACE, '--timeout', '180s']);
      await deploy('upgrade');
      await untilReady(kit, 'transcriber', 2);
    }, 480_000);

    it('lets nobody reach what is not for them', async () => {
      await kit.kubectl(['create', 'namespace', 'strangers']);
      const sleeping = ['node', '-e', 'setInterval(() => {}, 1000)'];
      const image = ['--image', 'localhost/verbatim-ingress:1', '--image-pull-policy', 'Never', '--command', '--'];
      await kit.kubectl(['run', 'stranger', '-n', 'strangers', ...image, ...sleeping]);
      await kit.kubectl(['wait', '--for=condition=Ready', 'pod/stranger', '-n', 'strangers', '--timeout=60s']);
      const stranger = { namespace: 'strangers', pod: 'stranger' };
      const service = (component: string) => `verbatim-${component}.${NAMESPACE}.svc.cluster.local`;
      const [transcriber] = await podsOf(kit, 'transcriber');
      const { status } = await kit.get('pod', transcriber!.name, '-n', NAMESPACE);
      await until('the door is open to a stranger', 20_000, () => reaches(kit, stranger, service('ingress'), 8000));
      expect(await reaches(kit, stranger, service('ingress'), 50051)).toBe(true);
      expect(await reaches(kit, stranger, service('redis'), 6379)).toBe(false);
      expect(await reaches(kit, stranger, service('nats'), 4222)).toBe(false);
      expect(await reaches(kit, stranger, service('nats'), 8222)).toBe(false);
      expect(await reaches(kit, stranger, status.podIP, 9090)).toBe(false);
      const own = { namespace: NAMESPACE, pod: transcriber!.name };
      expect(await reaches(kit, own, service('redis'), 6379)).toBe(true);
      expect(await reaches(kit, own, service('ingress'), 8000)).toBe(false);
      expect(await reaches(kit, own, 'kubernetes.default.svc.cluster.local', 443)).toBe(false);
    }, 180_000);

    it('meets the Pod Security Standard "restricted", and has no token and no way to write', async () => {
      // Of another version than the namespace has: Kubernetes looks at no pod where nothing would change.
      const level = 'pod-security.kubernetes.io/enforce';
      const strict = [`${level}=restricted`, `${level}-version=v1.30`, '--overwrite', '--dry-run=server'];
      const { stderr } = await kit.kubectlAnyhow(['label', 'namespace', NAMESPACE, ...strict]);
      expect(stderr).toBe('');
      for (const component of TARGETS) {
        const [pod] = await podsOf(kit, component);
        const script = `const fs = require('fs');
const cannotWrite = (file) => { try { fs.writeFileSync(file, ''); return false; } catch (error) { return error.code; } };
console.log(JSON.stringify({ uid: process.getuid(), root: cannotWrite('/x'), app: cannotWrite('/app/x'),
  token: fs.existsSync('/var/run/secrets/kubernetes.io'), sbom: fs.existsSync('/app/sbom.spdx.json'),
  npm: fs.existsSync('/usr/local/bin/npm'), capabilities: /CapEff:\\s*(\\w+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1] }))`;
        const said = await kit.kubectl(['exec', '-n', NAMESPACE, pod!.name, '--', 'node', '-e', script]);
        expect(JSON.parse(said), component).toEqual({
          ...{ uid: 1000, root: 'EROFS', app: 'EROFS', token: false, sbom: true, npm: false },
          capabilities: '0000000000000000',
        });
      }
    }, 120_000);

    it('gives up one pod of a kind at a time to whoever drains nodes', async () => {
      const evict = async (pod: string) => {
        const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: NAMESPACE } };
        const place = `/api/v1/namespaces/${NAMESPACE}/pods/${pod}/eviction`;
        return await kit.kubectlAnyhow(['create', '--raw', place, '-f', '-'], { input: JSON.stringify(eviction) });
      };
      const [first, second] = await podsOf(kit, 'transcriber');
      const running = await talk(3);
      expect((await evict(first!.name)).code).toBe(0);
      const { code, stderr } = await evict(second!.name);
      expect(code).not.toBe(0);
      expect(stderr).toContain('disruption budget');
      lostNothing('evicted', await running.finish());
      await untilReady(kit, 'transcriber', 2);
    }, 240_000);

    it('scales from one transcriber to three and back by real load, and sessions stay whole', async () => {
      const autoscaling = {
        ...{ enabled: true, by: 'cpu', minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 200 },
        behavior: {
          scaleDown: { stabilizationWindowSeconds: 20, policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] },
        },
      };
      await deploy('upgrade', '--set-json', `transcriber.autoscaling=${JSON.stringify(autoscaling)}`);
      await untilReady(kit, 'transcriber', 1);
      const began = performance.now();
      const seconds = () => `${Math.round((performance.now() - began) / 1000)} s`;
      const loud = await talk(16);
      await untilReady(kit, 'transcriber', 3);
      say(`three transcribers after ${seconds()}`);
      const quiet = await talk(2);
      lostNothing('scaled up', await loud.finish());
      await untilReady(kit, 'transcriber', 1);
      say(`one transcriber after ${seconds()}`);
      lostNothing('scaled down', await quiet.finish());
    }, 480_000);

    it('leaves nothing behind', async () => {
      await helm.run(['uninstall', 'verbatim', '-n', NAMESPACE, '--wait', '--timeout', '120s']);
      const kinds = (await kit.kubectl(['api-resources', '--verbs=list', '--namespaced', '-o', 'name']))
        .trim()
        .split('\n');
      const passing = new Set(['events', 'events.events.k8s.io', 'pods.metrics.k8s.io']);
      const wanted = kinds.filter((kind) => !passing.has(kind)).join(',');
      await until('an empty namespace', 60_000, async () => {
        const left = (await kit.kubectl(['get', wanted, '-n', NAMESPACE, '-o', 'name', '--ignore-not-found']))
          .trim()
          .split('\n');
        // Every namespace has these two.
        const ours = left.filter(
          (name) => name !== '' && name !== 'configmap/kube-root-ca.crt' && name !== 'serviceaccount/default',
        );
        if (ours.length > 0) throw new Error(`left: ${ours.join(', ')}`);
        return true;
      });
    }, 240_000);
  },
);
