import { StreamClient } from '@verbatim/client';
import { pageServer } from '../page-server.ts';
import { sessionStore } from '../ui/stores.ts';
import { LiveTalk } from './live-talk.ts';
import { Microphone } from './microphone/microphone.ts';
import { microphoneProblem } from './microphone/microphone-problem.ts';
import { TalkMemory } from './talk-memory.ts';

/** A network may be away this long while somebody goes on speaking. */
const RESUME_WINDOW_MS = 5 * 60_000;

/** The page's own talk: its microphone, its server, its tab. */
export const newLiveTalk = (): LiveTalk =>
  new LiveTalk({
    openMicrophone: async (options) => {
      try {
        return await Microphone.open(options);
      } catch (error) {
        throw new Error(microphoneProblem(error, isSecureContext), { cause: error });
      }
    },
    openSession: (request, options) =>
      StreamClient.open({
        server: pageServer(),
        request: { ...request, sample_rate_hertz: 16_000, channel_count: 1 },
        startOver: true,
        resumeWindowMs: RESUME_WINDOW_MS,
        ...options,
      }),
    memory: new TalkMemory(sessionStore(), 'verbatim.talk'),
    now: () => performance.now(),
  });
