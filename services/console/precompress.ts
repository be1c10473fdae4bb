import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(html|js|css|svg|webmanifest|json)$/;

/**
 * Writes .br and .gz beside every text file of the build, so that servers need not compress, and says what the page
 * weighs over the wire.
 */
export const precompress = (): Plugin => {
  let folder = '';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = join(root, build.outDir);
    },
    closeBundle: async () => {
      const names = await readdir(folder, { recursive: true });
      const sizes = await Promise.all(
        names.filter((name) => TEXT.test(name)).map((name) => compressFile(join(folder, name))),
      );
      const total = sizes.reduce((sum, size) => sum + size, 0);
      process.stdout.write(`The page weighs ${(total / 1000).toFixed(1)} kB compressed.\n`);
    },
  };
};

/** Size with Brotli, in bytes. */
const compressFile = async (path: string): Promise<number> => {
  const content = await readFile(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  const brotli = await promisify(brotliCompress)(content, { params });
  await writeFile(`${path}.br`, brotli);
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
  return brotli.length;
};
