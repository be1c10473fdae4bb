import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, isBuilt } from './build.mjs';
import { fingerprint } from './fingerprint.mjs';
import { GENERATED, generateTypes } from './generate-types.mjs';
import { install, isInstalled } from './install.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { oneAtATime } from './one-at-a-time.mjs';
import { at, Problem } from './project.mjs';

const STAMPS = at('.verbatim', 'prepared.json');
const LOCK = at('.verbatim', 'prepare.lock');

const readStamps = () => {
  try {
    return JSON.parse(readFileSync(STAMPS, 'utf8'));
  } catch {
    return {};
  }
};

const writeStamp = (name, value) => {
  mkdirSync(at('.verbatim'), { recursive: true });
  writeFileSync(STAMPS, `${JSON.stringify({ ...readStamps(), [name]: value })}\n`);
};

const protoPrint = () => fingerprint('proto', 'package-lock.json');
const sourcePrint = () =>
  fingerprint('services', 'test', 'observability', 'proto', 'tsconfig.json', 'tsconfig.base.json', 'package-lock.json');

const steps = [
  { title: 'Installing dependencies (the first time takes a minute)', isDone: isInstalled, work: install },
  {
    title: 'Generating types from proto/',
    isDone: () => existsSync(at(GENERATED)) && readStamps().generated === protoPrint(),
    work: async () => {
      await generateTypes();
      writeStamp('generated', protoPrint());
    },
  },
  {
    title: 'Building',
    isDone: () => isBuilt() && readStamps().built === sourcePrint(),
    work: async () => {
      // Taken before: a file that changes meanwhile is built by the next start.
      const print = sourcePrint();
      const { code, output } = await build();
      if (code !== 0) throw new Problem(`${output.trim()}\nThe build failed; the errors are above.`);
      writeStamp('built', print);
    },
  },
];

/**
 * Brings a checkout to where it can run: dependencies, generated types, compiled code. What is up to date is left
 * alone. Says what it does on standard error, which leaves standard output to the program that follows.
 */
export const prepare = async ({ only = steps.length } = {}) => {
  checkNodeVersion();
  const say = (text) => process.stderr.write(text);
  const wanted = steps.slice(0, only);
  if (wanted.every(({ isDone }) => isDone())) return;
  const onWait = () => say('Another process is preparing this folder; waiting for it.\n');
  await oneAtATime(LOCK, onWait, async () => {
    for (const { title, isDone, work } of wanted) {
      if (isDone()) continue;
      const start = performance.now();
      say(`${title} … `);
      try {
        await work();
      } catch (error) {
        say('failed.\n');
        throw error;
      }
      say(`done in ${((performance.now() - start) / 1000).toFixed(1)} s.\n`);
    }
  });
};

/** Only what the compiler needs: dependencies and generated types. */
export const prepareToBuild = () => prepare({ only: 2 });
