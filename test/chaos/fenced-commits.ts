import type { Member } from '../cluster/member.ts';

const ANSWER_MS = 2_000;

/** Commits that a transcriber was refused since its start, because its sessions had moved; null if it does not say. */
export async function fencedCommits({ addresses }: Member): Promise<number | null> {
  try {
    const text = await (await fetch(addresses.metrics!, { signal: AbortSignal.timeout(ANSWER_MS) })).text();
    const count = /^verbatim_commits_fenced_total(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1];
    return count === undefined ? null : Number(count);
  } catch (error) {
    if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return null;
    throw error;
  }
}
