import type { HealthRegistry, Spool } from '@verbatim/kit';
import type { MediaTools } from './decode/index.ts';

/** Adds to /health what decodes files and where they lie meanwhile. */
export function reportMedia(health: HealthRegistry, { tools, spool }: { tools: MediaTools; spool: Spool }): void {
  health.register('media', () => {
    if (tools.ffmpeg === null || tools.ffprobe === null) {
      return { status: 'degraded', detail: 'WAV and PCM only: the package ffmpeg is not installed' };
    }
    return spool.onTmpfs
      ? { status: 'ok', detail: 'ffmpeg' }
      : {
          status: 'degraded',
          detail: `ffmpeg; files lie on a disk while they are decoded: ${spool.folder} is no tmpfs`,
        };
  });
}
