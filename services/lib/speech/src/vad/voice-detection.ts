import { RmsDetector } from './rms-detector.ts';
import { SileroDetector } from './silero-detector.ts';
import type { VoiceDetector } from './voice-detector.ts';

/** Silero where it loads, otherwise the energy detector with the reason why. */
export async function startVoiceDetector(
  file?: string,
): Promise<{ readonly detector: VoiceDetector; readonly problem: Error | null }> {
  try {
    return { detector: await SileroDetector.start(file), problem: null };
  } catch (error) {
    return { detector: new RmsDetector(), problem: error instanceof Error ? error : new Error(String(error)) };
  }
}
