import { type SessionRequest, SttError } from '@verbatim/contracts';
import type { ResumeRequest } from '../session/live-sessions.ts';
import { namedFormat, parseSessionRequest } from '../session/request.ts';
import { enumValue } from './enum-value.ts';
import type { SessionConfig__Output } from './generated/verbatim/stt/v1/SessionConfig.ts';

/** What a first message asks for: a new session, or the rest of one. */
export type Wish =
  | { readonly type: 'open'; readonly request: SessionRequest }
  | { readonly type: 'resume'; readonly request: ResumeRequest };

/** A zero or empty field of proto3 is one that the client left out. */
const orAbsent = <T>(value: T): T | undefined => (value ? value : undefined);

/** @throws SttError `invalid_argument` that names the field. */
export const wishFromConfig = (config: SessionConfig__Output): Wish => {
  const request = parseSessionRequest({
    session_id: orAbsent(config.sessionId),
    model: orAbsent(config.model),
    language: orAbsent(config.language),
    task: enumValue(config.task, 'TASK'),
    encoding: enumValue(config.encoding, 'ENCODING'),
    sample_rate_hertz: orAbsent(config.sampleRateHertz),
    channel_count: orAbsent(config.channelCount),
    partial_results: config.partialResults,
    silence_ms: orAbsent(config.silenceMs),
    max_utterance_ms: orAbsent(config.maxUtteranceMs),
    prompt: orAbsent(config.prompt),
    overflow: enumValue(config.overflow, 'OVERFLOW'),
  });
  if (!config.resume) return { type: 'open', request };
  if (request.session_id === undefined) {
    throw new SttError('invalid_argument', 'A resume needs the session_id that it goes on with.', {
      field: 'session_id',
    });
  }
  return {
    type: 'resume',
    request: {
      sessionId: request.session_id,
      token: config.resume.token,
      lastSequence: Number(config.resume.lastSequence),
      format: namedFormat(request),
    },
  };
};
