import type { Readable } from 'node:stream';
import { SttError } from '@verbatim/contracts';
import type { FastifyRequest } from 'fastify';
import { HttpError } from './http-error.ts';

/** The fields of a form beside its file: a name that comes twice has all of its values. */
export type FormFields = Readonly<Record<string, string | readonly string[]>>;

const LIMITS = { fieldNameSize: 100, fieldSize: 64 * 1024, fields: 50, files: 2, headerPairs: 100, fileSize: Infinity };

/**
 * Reads a multipart form as it comes.
 * @param onFile takes the one file, in the field "file"; what it does not read is skipped.
 * @throws HttpError or SttError that names what is wrong.
 */
export const readForm = async (
  request: FastifyRequest,
  onFile: (content: Readable, name: string) => Promise<void>,
): Promise<FormFields> => {
  if (!request.isMultipart()) {
    const sent = request.headers['content-type'] ?? 'nothing that says so';
    throw new HttpError(
      415,
      'unsupported_media_type',
      `A multipart/form-data body with a "file" is needed, not ${sent}.`,
    );
  }
  const fields: Record<string, string | string[]> = {};
  try {
    for await (const part of request.parts({ limits: LIMITS })) {
      if (part.type === 'file') {
        if (part.fieldname !== 'file') throw wrongField(part.fieldname);
        await onFile(part.file, part.filename);
      } else if (typeof part.value === 'string') {
        const before = fields[part.fieldname];
        fields[part.fieldname] = before === undefined ? part.value : [before, part.value].flat();
      }
    }
  } catch (error) {
    throw isFormError(error) ? new SttError('invalid_argument', `The form can't be read: ${error.message}.`) : error;
  }
  if (fields.file !== undefined) throw new SttError('invalid_argument', TEXT_FOR_FILE, { field: 'file' });
  return fields;
};

const TEXT_FOR_FILE =
  'The field "file" holds text, not a file; send it with a file name, as curl -F file=@speech.mp3 does.';

const wrongField = (name: string): SttError =>
  new SttError('invalid_argument', `There is a file in the field "${name.slice(0, 100)}"; it belongs into "file".`, {
    field: 'file',
  });

/** Errors of the form's parser. */
const isFormError = (error: unknown): error is Error =>
  error instanceof Error && !(error instanceof SttError) && !(error instanceof HttpError);
