import { expect, it } from 'vitest';
import { readOptions, USAGE } from './options.ts';

it('watches the cluster of the folder unless it is told otherwise', () => {
  expect(readOptions([])).toMatchObject({
    targets: null,
    prometheus: null,
    once: null,
    intervalMs: 5_000,
    range: '5m',
  });
  expect(USAGE).toContain('--targets JOB=HOST:PORT');
});

it('reads targets of several jobs, ports and times', () => {
  const targets = ['--targets', 'verbatim-ingress=127.0.0.1:9090,[::1]:9091', '--targets', 'verbatim-media=host:1'];
  expect(
    readOptions([...targets, '--interval', '0.5', '--port', '0', '--once', 'a.html', '--after', '7']),
  ).toMatchObject({
    targets: { 'verbatim-ingress': ['127.0.0.1:9090', '[::1]:9091'], 'verbatim-media': ['host:1'] },
    ...{ intervalMs: 500, port: 0, otlpPort: null, once: 'a.html', afterMs: 7_000 },
  });
});

it.each([
  [['--targets', '127.0.0.1:9090'], '--targets is "127.0.0.1:9090"; it must be like verbatim-ingress=127.0.0.1:9090'],
  [['--targets', 'a=b'], '--targets is "a=b"'],
  [['--prometheus', 'file:///etc/passwd'], '--prometheus is "file:///etc/passwd"; it must be like http://'],
  [['--prometheus', 'http://a', '--targets', 'a=b:1'], 'can not be given together'],
  [['--interval', '0'], '--interval is "0"; it must be a number of seconds from 0.1'],
  [['--port', '70000'], '--port is "70000"; it must be a whole number from 0 to 65535.'],
  [['--otlp-port', 'x'], '--otlp-port is "x"'],
  [['--range', 'toString'], '--range is "toString"; it must be 5m, 15m, 1h, 6h.'],
  [['--what'], "Unknown option '--what'; see npm run observe -- --help."],
])('refuses %j', (args, words) => {
  expect(() => readOptions(args)).toThrow(words);
});
