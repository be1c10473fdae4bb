import { SttError, sessionIdSchema } from '@verbatim/contracts';
import { checkObjectKey } from '../object-rules.ts';

/**
 * Streams that share the sessions' audio. nats-server does one thing at a time in a stream and looks through its subjects
 * for each reader: with 200 sessions, 16 streams took 0.36 of a core and 12 ms (p95) where 4 took 0.52 and 79 ms.
 */
export const AUDIO_SHARDS = 16;

/** Where a claim queue lies. */
export interface QueuePlace {
  readonly stream: string;
  /** Its messages are at `<claims>.<lane>.<id>`. */
  readonly claims: string;
  /** Whoever holds a claim listens at `<holders>.<id>`. */
  readonly holders: string;
}

export const SESSIONS_PLACE: QueuePlace = { stream: 'STT_CLAIMS', claims: 'stt.claim', holders: 'stt.holder' };
export const TASKS_PLACE: QueuePlace = { stream: 'STT_TASKS', claims: 'stt.task', holders: 'stt.task-holder' };

/** Tells every process that a session was erased. */
export const ERASED_SUBJECTS = 'stt.erased.*';

const checked = (sessionId: string): string => checkedId(sessionId, 'session id', 'session_id');

/** An id that may stand in a subject; throws SttError `invalid_argument` for any other. */
const checkedId = (id: string, noun: string, field: string): string => {
  if (sessionIdSchema.safeParse(id).success) return id;
  const rule = '1 to 64 letters, digits, "-" or "_"';
  throw new SttError('invalid_argument', `The ${noun} "${id}" is not ${rule}.`, { field });
};

/** FNV-1a, 32 bits (Fowler, Noll, Vo): the same shard in every process and version. */
const shardOf = (sessionId: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < sessionId.length; i++) hash = Math.imul(hash ^ sessionId.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % AUDIO_SHARDS;
};

export const audioStream = (shard: number): string => `STT_AUDIO_${shard}`;
export const audioStreamSubjects = (shard: number): string => `stt.audio.${shard}.*.*`;

/** Where a session's audio and marks lie. */
export interface AudioPlace {
  readonly stream: string;
  readonly pcm: string;
  readonly mark: string;
  /** Matches both. */
  readonly all: string;
}

export const audioPlaceOf = (sessionId: string): AudioPlace => {
  const shard = shardOf(checked(sessionId));
  const prefix = `stt.audio.${shard}.${sessionId}`;
  return { stream: audioStream(shard), pcm: `${prefix}.pcm`, mark: `${prefix}.mark`, all: `${prefix}.*` };
};

/** A lane as one token of a subject and as a consumer's name: what is neither letter, digit nor "-" as `_xx`. */
export const laneToken = (lane: string): string =>
  [...Buffer.from(lane)].map((byte) => encodeByte(byte)).join('') || '_';

const encodeByte = (byte: number): string => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9-]/.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`;
};

export const claimSubject = ({ claims }: QueuePlace, lane: string, id: string): string =>
  `${claims}.${laneToken(lane)}.${checked(id)}`;
export const claimSubjects = ({ claims }: QueuePlace): string => `${claims}.*.*`;
export const claimSubjectsOfLane = ({ claims }: QueuePlace, lane: string): string => `${claims}.${laneToken(lane)}.*`;
export const claimSubjectInAnyLane = ({ claims }: QueuePlace, id: string): string => `${claims}.*.${checked(id)}`;
export const holderSubject = ({ holders }: QueuePlace, id: string): string => `${holders}.${checked(id)}`;
export const erasedSubject = (sessionId: string): string => `stt.erased.${checked(sessionId)}`;
export const eventSubject = (sessionId: string): string => `stt.event.${checked(sessionId)}`;
export const controlSubject = (sessionId: string): string => `stt.control.${checked(sessionId)}`;
export const OBJECTS_STREAM = 'STT_OBJECTS';
export const OBJECTS_SUBJECTS = 'stt.object.>';
/** Matches the first chunk of every upload. */
export const FIRST_CHUNK_SUBJECTS = 'stt.object.*.chunk.*.0';

/** One try to put an object: its chunks lie apart from those of any other, so that they can be removed apart. */
export interface UploadPlace {
  readonly key: string;
  /** Unique. */
  readonly upload: string;
}

export const objectSubjects = (key: string): string => `stt.object.${checkObjectKey(key)}.>`;
/** Says what the object is; written last. */
export const objectEndSubject = (key: string): string => `stt.object.${checkObjectKey(key)}.end`;
/** `index` counts chunks from 0. */
export const chunkSubject = ({ key, upload }: UploadPlace, index: number): string =>
  `stt.object.${key}.chunk.${upload}.${index}`;
export const chunkSubjects = ({ key, upload }: UploadPlace): string => `stt.object.${key}.chunk.${upload}.*`;
/** Whoever is writing that upload answers here. */
export const uploaderSubject = (upload: string): string => `stt.uploader.${upload}`;

/** What upload a chunk belongs to; null for a subject that is none of a chunk. */
export const uploadOfChunk = (subject: string): UploadPlace | null => {
  const [, , key, kind, upload] = subject.split('.');
  return kind === 'chunk' && key !== undefined && upload !== undefined ? { key, upload } : null;
};

export const noticeSubject = (id: string): string => `stt.notice.${checkedId(id, 'id', 'id')}`;
export const doorSubject = (sessionId: string): string => `stt.door.${checked(sessionId)}`;
