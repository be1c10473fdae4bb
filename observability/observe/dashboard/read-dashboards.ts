import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ObserveError } from '../observe-error.ts';
import { type Dashboard, dashboardSchema } from './model.ts';

/**
 * All dashboards of a folder, by the names of their files.
 * @throws ObserveError naming the file that is none.
 */
export async function readDashboards(folder: string): Promise<Dashboard[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new ObserveError(`The folder of dashboards ${folder} can't be read: ${(cause as Error).message}.`, { cause });
  });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  if (files.length === 0) throw new ObserveError(`There are no dashboards (*.json) in ${folder}.`);
  return Promise.all(files.map((name) => readDashboard(path.join(folder, name))));
}

async function readDashboard(file: string): Promise<Dashboard> {
  const text = await readFile(file, 'utf8');
  const parsed = dashboardSchema.safeParse(jsonOf(text, file));
  if (parsed.success) return parsed.data;
  throw new ObserveError(`${file} is no dashboard of Grafana: ${z.prettifyError(parsed.error)}`);
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ObserveError(`${file} is no JSON: ${(cause as Error).message}.`, { cause });
  }
}
