import { type SessionRequest, SttError } from '@verbatim/contracts';
import { parseSessionRequest } from '../session/request.ts';

/** What a client wants of its session, from the query and the config message together. */
export interface WsSettings {
  readonly request: SessionRequest;
  /** Absent: not a resume by token. */
  readonly resume?: { readonly token: string; readonly lastSequence: number };
}

/** Raw settings in the spelling of the wire, before they are checked. */
export type RawSettings = Readonly<Record<string, unknown>>;

/** Short names, as the query uses them, for the fields of the API. */
const ALIASES: Readonly<Record<string, string>> = { sample_rate: 'sample_rate_hertz', channels: 'channel_count' };
const NUMBERS = new Set(['sample_rate_hertz', 'channel_count', 'silence_ms', 'max_utterance_ms', 'last_sequence']);
const QUERY_FIELDS = new Set([
  ...['session_id', 'model', 'language', 'task', 'encoding', 'sample_rate_hertz', 'channel_count', 'partial_results'],
  ...['silence_ms', 'max_utterance_ms', 'prompt', 'overflow', 'resume_token', 'last_sequence'],
]);

/** The settings among the query's parameters; others are not ours and ignored. Empty values count as absent. */
export const settingsFromQuery = (query: URLSearchParams): RawSettings => {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of query) {
    const field = ALIASES[name] ?? name;
    if (!QUERY_FIELDS.has(field) || value === '') continue;
    if (NUMBERS.has(field)) settings[field] = /^\d+$/.test(value) ? Number(value) : value;
    else if (field === 'partial_results') settings[field] = value === 'true' || (value === 'false' ? false : value);
    else settings[field] = value;
  }
  return settings;
};

/** The settings of a config message: the API's fields, the query's short names, and `resume` as in gRPC. */
export const settingsFromConfig = (message: RawSettings): RawSettings => {
  const { type: _type, resume, ...fields } = message;
  const settings = Object.fromEntries(Object.entries(fields).map(([name, value]) => [ALIASES[name] ?? name, value]));
  if (resume === undefined || resume === null) return settings;
  if (typeof resume !== 'object') throw wrong('resume', 'must be an object with token and last_sequence');
  return {
    ...settings,
    resume_token: Reflect.get(resume, 'token') ?? '',
    last_sequence: Reflect.get(resume, 'last_sequence') ?? 0,
  };
};

/**
 * Checks the settings of the query and, over them, those of a config message.
 * @throws SttError `invalid_argument` that names the field.
 */
export const checkSettings = (query: RawSettings, config: RawSettings = {}): WsSettings => {
  const { resume_token: token, last_sequence: lastSequence = 0, ...fields } = { ...query, ...config };
  const request = parseSessionRequest({
    ...fields,
    ...lowerCased('encoding', fields.encoding),
    ...lowerCased('overflow', fields.overflow),
    ...lowerCased('task', fields.task),
  });
  if (token === undefined) return { request };
  if (typeof token !== 'string') throw wrong('resume.token', 'must be a string');
  if (typeof lastSequence !== 'number') throw wrong('resume.last_sequence', 'must be a whole number');
  if (request.session_id === undefined) throw wrong('session_id', 'is needed for a resume');
  return { request, resume: { token, lastSequence } };
};

/** The API's documentation writes LINEAR16 and BLOCK; both cases are taken. */
const lowerCased = (name: string, value: unknown): RawSettings =>
  typeof value === 'string' ? { [name]: value.toLowerCase() } : {};

const wrong = (field: string, what: string): SttError =>
  new SttError('invalid_argument', `${field} ${what}.`, { field });
