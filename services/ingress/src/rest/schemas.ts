/** JSON Schemas of the REST API (OpenAPI 3.1 uses the same language). Ids of `components` are referred to as `name#`. */

const milliseconds = { type: 'integer', description: 'Milliseconds of audio since the start of the session.' } as const;
const taskOf = { enum: ['transcribe', 'translate'] } as const;
const confidence = { type: 'number', minimum: 0, maximum: 1 } as const;

const word = {
  $id: 'Word',
  type: 'object',
  required: ['text', 'start_ms', 'end_ms', 'confidence'],
  properties: { text: { type: 'string' }, start_ms: milliseconds, end_ms: milliseconds, confidence },
} as const;

const final = {
  $id: 'Final',
  type: 'object',
  description: 'The text of one utterance; it never changes.',
  required: ['sequence', 'utterance', 'text', 'confidence', 'start_ms', 'end_ms', 'language', 'reason'],
  properties: {
    sequence: { type: 'integer', description: '1, 2, 3… without holes.' },
    utterance: { type: 'integer' },
    text: { type: 'string' },
    words: { type: 'array', items: { $ref: 'Word#' } },
    confidence,
    start_ms: milliseconds,
    end_ms: milliseconds,
    language: { type: 'string' },
    reason: { enum: ['silence', 'max_utterance', 'finalize', 'end_of_audio', 'idle', 'gap'] },
  },
} as const;

const sessionProperties = {
  session_id: { type: 'string' },
  status: { enum: ['open', 'closed'] },
  close_reason: { type: ['string', 'null'] },
  model: { type: 'string' },
  language: { type: ['string', 'null'], description: 'As it was asked for; each final names its own.' },
  task: taskOf,
  opened_at: { type: 'string', format: 'date-time' },
  updated_at: { type: 'string', format: 'date-time' },
  committed_ms: { ...milliseconds, description: 'How much audio the finals cover, silence included.' },
  final_count: { type: 'integer' },
} as const;

const session = {
  $id: 'Session',
  type: 'object',
  required: Object.keys(sessionProperties),
  properties: sessionProperties,
} as const;

const adminSessionProperties = {
  ...sessionProperties,
  tenant: { type: 'string' },
  kind: { enum: ['live', 'job'] },
  owner: { type: ['string', 'null'], description: 'The transcriber that has it.' },
  epoch: { type: 'integer', description: 'Goes up by one with each transcriber that takes it.' },
  door: { type: ['string', 'null'], description: 'The hold of a connection on it.' },
  received_ms: {
    type: ['integer', 'null'],
    description: 'Audio that has come in; null where it is over, or the message bus is away.',
  },
} as const;

const adminSession = {
  $id: 'AdminSession',
  type: 'object',
  required: Object.keys(adminSessionProperties),
  properties: adminSessionProperties,
} as const;

const adminSessionPage = {
  $id: 'AdminSessionPage',
  type: 'object',
  required: ['sessions', 'next'],
  properties: {
    sessions: { type: 'array', items: { $ref: 'AdminSession#' } },
    next: { type: ['string', 'null'], description: 'Pass as `after` for the next page; null at the end.' },
  },
} as const;

const transcript = {
  $id: 'Transcript',
  type: 'object',
  required: [...Object.keys(sessionProperties), 'finals'],
  properties: { ...sessionProperties, finals: { type: 'array', items: { $ref: 'Final#' } } },
} as const;

const model = {
  $id: 'Model',
  type: 'object',
  required: ['id', 'languages', 'tasks', 'word_times', 'default'],
  properties: {
    id: { type: 'string' },
    languages: { type: 'array', items: { type: 'string' }, description: 'BCP-47 tags.' },
    tasks: { type: 'array', items: taskOf, description: 'What it can make of speech.' },
    word_times: { type: 'boolean', description: 'Whether finals tell when each word was said.' },
    default: { type: 'boolean', description: 'Whether sessions that name no model get this one.' },
  },
} as const;

const seconds = { type: 'number', minimum: 0, description: 'Seconds since the start of the file.' } as const;

const segment = {
  $id: 'Segment',
  type: 'object',
  description: 'The text between two pauses.',
  required: ['id', 'start', 'end', 'text', 'language', 'confidence'],
  properties: {
    id: { type: 'integer', minimum: 1 },
    start: seconds,
    end: seconds,
    text: { type: 'string' },
    language: { type: 'string', description: 'BCP-47; that of the text.' },
    confidence,
    channel: { type: 'string', description: 'Where channels are transcribed apart.' },
    words: {
      type: 'array',
      description: 'Where the model gives times of words.',
      items: {
        type: 'object',
        required: ['text', 'start', 'end', 'confidence'],
        properties: { text: { type: 'string' }, start: seconds, end: seconds, confidence },
      },
    },
  },
} as const;

const result = {
  $id: 'Result',
  type: 'object',
  required: ['model', 'language', 'duration', 'text', 'segments'],
  properties: {
    model: { type: ['string', 'null'] },
    language: {
      type: ['string', 'null'],
      description: 'BCP-47, that of most of the speech; null where nothing was said.',
    },
    duration: { type: 'number', description: 'Seconds.' },
    text: { type: 'string' },
    segments: { type: 'array', items: { $ref: 'Segment#' } },
  },
} as const;

const moment = { type: 'string', format: 'date-time' } as const;
const momentOrNull = { type: ['string', 'null'], format: 'date-time' } as const;

const jobProperties = {
  job_id: { type: 'string' },
  status: { enum: ['queued', 'processing', 'completed', 'failed', 'cancelled'] },
  progress: { type: 'number', minimum: 0, maximum: 1, description: 'The share of the audio whose text is known.' },
  model: { type: 'string' },
  task: taskOf,
  file_name: { type: ['string', 'null'] },
  file_bytes: { type: 'integer' },
  channels: { enum: ['mix', 'separate'] },
  created_at: moment,
  started_at: momentOrNull,
  finished_at: momentOrNull,
  audio: {
    type: ['object', 'null'],
    description: 'What the file holds; null until somebody has looked.',
    required: ['container', 'codec', 'sample_rate_hertz', 'channel_count', 'duration'],
    properties: {
      container: { type: 'string' },
      codec: { type: 'string' },
      sample_rate_hertz: { type: 'integer' },
      channel_count: { type: 'integer' },
      duration: { type: ['number', 'null'], description: 'Seconds.' },
    },
  },
  warnings: { type: 'array', items: { type: 'string' }, description: 'What was odd about the file.' },
  webhook: { enum: ['none', 'pending', 'delivered', 'failed'] },
} as const;

const jobExtras = {
  error: {
    type: 'object',
    description: 'Why the job failed.',
    required: ['code', 'message'],
    properties: { code: { type: 'string', description: 'Stable.' }, message: { type: 'string' } },
  },
} as const;

const job = {
  $id: 'Job',
  type: 'object',
  required: Object.keys(jobProperties),
  properties: { ...jobProperties, ...jobExtras, result: { $ref: 'Result#' } },
} as const;

const createdJob = {
  $id: 'CreatedJob',
  type: 'object',
  required: [...Object.keys(jobProperties), 'status_url'],
  properties: { ...jobProperties, ...jobExtras, status_url: { type: 'string' } },
} as const;

const jobPage = {
  $id: 'JobPage',
  type: 'object',
  required: ['jobs', 'next'],
  properties: {
    jobs: { type: 'array', items: { $ref: 'Job#' } },
    next: { type: ['string', 'null'], description: 'Pass as `after` for the next page; null at the end.' },
  },
} as const;

const file = { type: 'string', format: 'binary', description: 'Any audio or video file.' } as const;
const language = {
  type: 'string',
  description: 'BCP-47 tag such as "en"; absent: the model’s own, or detected.',
} as const;
const prompt = {
  type: 'string',
  maxLength: 1_000,
  description: 'Words to expect; used by models that take a prompt.',
} as const;

const task = {
  ...taskOf,
  default: 'transcribe',
  description: 'What becomes of the speech: its text, or its text in English. Not every model can translate.',
} as const;

/** The form of a job. */
export const jobForm = {
  type: 'object',
  required: ['file'],
  properties: {
    file,
    model: { type: 'string', description: 'Absent: the server’s default.' },
    language,
    task,
    prompt,
    channels: {
      enum: ['mix', 'separate'],
      description: 'One transcript of all channels mixed, or of each its own segments, labelled. Default: mix.',
    },
    channel_labels: { type: 'string', description: 'Labels of the channels in order, with commas between.' },
    silence_ms: { type: 'integer', minimum: 100, maximum: 5_000, description: 'Silence that ends an utterance.' },
    max_utterance_ms: { type: 'integer', minimum: 2_000, maximum: 30_000 },
    webhook_url: { type: 'string', description: 'Is told by a signed POST when the job is finished.' },
    encoding: {
      enum: ['linear16', 'mulaw', 'alaw', 'float32'],
      description: 'For audio without a header, with sample_rate_hertz and channel_count.',
    },
    sample_rate_hertz: { type: 'integer', minimum: 8_000, maximum: 48_000 },
    channel_count: { type: 'integer', minimum: 1, maximum: 8 },
  },
} as const;

/** The form of OpenAI's translations, as far as it is served. */
export const translationForm = {
  type: 'object',
  required: ['file', 'model'],
  properties: {
    file,
    model: { type: 'string', description: 'One of /v1/models; "whisper-1" is the server’s default.' },
    prompt,
    response_format: { enum: ['json', 'text', 'srt', 'verbose_json', 'vtt'], default: 'json' },
    temperature: { type: 'number', minimum: 0, maximum: 1, description: 'Taken and not used.' },
    stream: { type: 'boolean', default: false, description: 'Server-sent events, with the text as it becomes known.' },
    'timestamp_granularities[]': { type: 'array', items: { enum: ['segment', 'word'] } },
  },
} as const;

/** The form of OpenAI's transcriptions, as far as it is served. */
export const transcriptionForm = {
  ...translationForm,
  properties: { ...translationForm.properties, language },
} as const;

const health = {
  $id: 'Health',
  type: 'object',
  required: ['status', 'services'],
  properties: {
    status: { enum: ['healthy', 'degraded', 'unhealthy'] },
    services: { type: 'object', additionalProperties: { type: 'string' } },
  },
} as const;

const problem = {
  $id: 'Problem',
  type: 'object',
  description: 'Problem details (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What was wrong and what to do, for people.' },
    code: { type: 'string', description: 'Stable; programs may rely on it.' },
    field: { type: 'string' },
  },
} as const;

export const COMPONENTS = [
  word,
  final,
  session,
  adminSession,
  adminSessionPage,
  transcript,
  segment,
  result,
  job,
  createdJob,
  jobPage,
  model,
  health,
  problem,
] as const;

/** A response of `status` with `component` as its body. */
export const answers = (status: number, description: string, component: (typeof COMPONENTS)[number]['$id']) => ({
  [status]: { description, content: { 'application/json': { schema: { $ref: `${component}#` } } } },
});

/** The answer to a mistake. */
export const failsWith = (status: number, description: string) => ({
  [status]: { description, content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } },
});
