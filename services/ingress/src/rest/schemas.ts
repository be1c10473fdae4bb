/** JSON Schemas of the REST API (OpenAPI 3.1 uses the same language). Ids of `components` are referred to as `name#`. */

const milliseconds = { type: 'integer', description: 'Milliseconds of audio since the start of the session.' } as const;
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
  language: { type: ['string', 'null'] },
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

const transcript = {
  $id: 'Transcript',
  type: 'object',
  required: [...Object.keys(sessionProperties), 'finals'],
  properties: { ...sessionProperties, finals: { type: 'array', items: { $ref: 'Final#' } } },
} as const;

const model = {
  $id: 'Model',
  type: 'object',
  required: ['id', 'languages', 'default'],
  properties: {
    id: { type: 'string' },
    languages: { type: 'array', items: { type: 'string' }, description: 'BCP-47 tags.' },
    default: { type: 'boolean', description: 'Whether sessions that name no model get this one.' },
  },
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

export const COMPONENTS = [word, final, session, transcript, model, health, problem] as const;

/** A response of `status` with `component` as its body. */
export const answers = (status: number, description: string, component: (typeof COMPONENTS)[number]['$id']) => ({
  [status]: { description, content: { 'application/json': { schema: { $ref: `${component}#` } } } },
});

/** The answer to a mistake. */
export const failsWith = (status: number, description: string) => ({
  [status]: { description, content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } } },
});
