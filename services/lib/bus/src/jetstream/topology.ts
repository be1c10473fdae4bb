import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { OBJECT_MAX_AGE_MS } from '../object-rules.ts';
import {
  AUDIO_SHARDS,
  audioStream,
  audioStreamSubjects,
  claimSubjects,
  claimSubjectsOfLane,
  laneToken,
  OBJECTS_STREAM,
  OBJECTS_SUBJECTS,
  type QueuePlace,
  SESSIONS_PLACE,
  TASKS_PLACE,
} from './names.ts';
import type { JetStreamSettings } from './options.ts';

const SECOND_NS = 1_000_000_000;
/** Chunks come in 20 to 100 ms; a ring counted in the shortest of them holds its seconds with all. */
const CHUNK_MS = 20;
/** Audio that nobody erased is gone by then. A live session's writer renews its place in time (AudioWriter). */
export const AUDIO_MAX_AGE_MS = 120_000;
/** A quarter of a million claims of 1 kB, far beyond the sessions of any cluster. */
const CLAIMS_MAX_BYTES = 256 * 2 ** 20;
/** Claims that nobody finished or withdrew in a week belong to no session and no job. */
const CLAIMS_MAX_AGE_S = 7 * 86_400;
const MAX_MESSAGE_BYTES = 65_536;
/**
 * As large as the official clients' object stores make them. Larger ones would be no faster, and keep the audio of live
 * sessions waiting on the same connection.
 */
export const MAX_CHUNK_BYTES = 128 * 1_024;

type StreamSettings = Partial<StreamConfig> & { readonly name: string };

export const ringMessages = (ringSeconds: number): number => Math.ceil((ringSeconds * 1_000) / CHUNK_MS);

const common = (replicas: number) => ({
  discard: DiscardPolicy.Old,
  max_msgs: -1,
  max_msg_size: MAX_MESSAGE_BYTES,
  num_replicas: replicas,
  allow_direct: true,
  // Nothing here is deduplicated by message id: writers name the sequence that they expect.
  duplicate_window: SECOND_NS,
});

const audioStreamSettings = (shard: number, settings: JetStreamSettings): StreamSettings => ({
  ...common(settings.replicas),
  name: audioStream(shard),
  subjects: [audioStreamSubjects(shard)],
  retention: RetentionPolicy.Limits,
  storage: StorageType.Memory,
  max_msgs_per_subject: ringMessages(settings.ringSeconds),
  max_age: AUDIO_MAX_AGE_MS * 1_000_000,
  max_bytes: Math.ceil(settings.audioMaxBytes / AUDIO_SHARDS),
  max_consumers: 20_000,
});

const claimsStreamSettings = (place: QueuePlace, settings: JetStreamSettings): StreamSettings => ({
  ...common(settings.replicas),
  name: place.stream,
  subjects: [claimSubjects(place)],
  retention: RetentionPolicy.Workqueue,
  storage: settings.claimStorage === 'file' ? StorageType.File : StorageType.Memory,
  max_msgs_per_subject: 1,
  max_age: CLAIMS_MAX_AGE_S * SECOND_NS,
  max_bytes: CLAIMS_MAX_BYTES,
  max_consumers: 1_000,
});

/** Each chunk of an upload and the record at its end has a subject of its own. What does not fit is refused. */
const objectsStreamSettings = (settings: JetStreamSettings): StreamSettings => ({
  ...common(settings.replicas),
  name: OBJECTS_STREAM,
  subjects: [OBJECTS_SUBJECTS],
  retention: RetentionPolicy.Limits,
  storage: StorageType.Memory,
  discard: DiscardPolicy.New,
  max_msgs_per_subject: 1,
  max_msg_size: 2 * MAX_CHUNK_BYTES,
  max_age: OBJECT_MAX_AGE_MS * 1_000_000,
  max_bytes: Math.ceil(settings.objectsMaxBytes),
  max_consumers: 10,
});

/**
 * Creates the streams or brings them in line with the settings. Rejects with a sentence for people; resolves with one if
 * all is well but that there is no place for uploads: live sessions need none.
 */
export const setUpStreams = async (jsm: JetStreamManager, settings: JetStreamSettings): Promise<string | null> => {
  const shards = Array.from({ length: AUDIO_SHARDS }, (_, shard) => audioStreamSettings(shard, settings));
  // Together, as holders of claims must be back soon after an outage.
  const queues = [SESSIONS_PLACE, TASKS_PLACE].map((place) => claimsStreamSettings(place, settings));
  await Promise.all([...queues, ...shards].map((each) => setUpStream(jsm, each)));
  try {
    await setUpStream(jsm, objectsStreamSettings(settings));
    return null;
  } catch (error) {
    return `connected, but without uploads: ${error instanceof Error ? error.message : error}`;
  }
};

const setUpStream = async (jsm: JetStreamManager, config: StreamSettings): Promise<void> => {
  try {
    await jsm.streams.add(config);
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
    // nats-server asks whether there is room for one more before it asks whether it is there: "insufficient resources" may
    // come for a stream that another process has made.
    if (!(await isThere(jsm, config.name)))
      throw new Error(`stream ${config.name} cannot be made: ${error.message}`, { cause: error });
    await updateStream(jsm, config);
  }
};

const isThere = async (jsm: JetStreamManager, stream: string): Promise<boolean> => {
  try {
    await jsm.streams.info(stream);
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiError) return false;
    throw error;
  }
};

const updateStream = async (jsm: JetStreamManager, config: StreamSettings): Promise<void> => {
  try {
    await jsm.streams.update(config.name, config);
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
    const advice = `keep its settings, or delete it once with "nats stream rm ${config.name}"`;
    throw new Error(`stream ${config.name} has other settings: ${error.message}; ${advice}`, { cause: error });
  }
};

/** Creates the consumer through which every taker of a lane gets its claims, or brings it in line. */
export const setUpClaimConsumer = async (
  jsm: JetStreamManager,
  place: QueuePlace,
  lane: string,
  settings: JetStreamSettings,
): Promise<void> => {
  const name = laneToken(lane);
  const config = {
    durable_name: name,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: settings.ackWaitMs * 1_000_000,
    max_deliver: -1,
    max_ack_pending: 20_000,
    max_waiting: 2_048,
    filter_subject: claimSubjectsOfLane(place, lane),
  };
  try {
    await jsm.consumers.add(place.stream, config);
  } catch (error) {
    // Later servers refuse to change a consumer by making it again; 2.9 just does it.
    if (!(error instanceof JetStreamApiError)) throw error;
    await jsm.consumers.update(place.stream, name, config);
  }
};
