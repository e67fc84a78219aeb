/** Multipart uploads, held in memory up to the limit: no temporary file can be left behind. */
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { AppError } from '../errors.ts';

export interface UploadedFile {
  fileName: string;
  mediaType: string | null;
  bytes: Buffer;
}

type Transform = (this: object, chunk: Buffer, encoding: string, done: (error?: Error) => void) => void;
// The copy that koa-zod-router uses.
const { MultipartParser } = createRequire(createRequire(import.meta.url).resolve('koa-zod-router'))('formidable') as { MultipartParser: { prototype: { _transform: Transform } } };

/**
 * Where a part breaks the grammar, the parser returns without calling back: the request, and the memory reserved for it,
 * would wait for ever.
 */
const parse = MultipartParser.prototype._transform;
MultipartParser.prototype._transform = function (chunk, encoding, done) {
  let called = false;
  parse.call(this, chunk, encoding, (error) => {
    called = true;
    done(error);
  });
  if (!called) done(Object.assign(new Error('malformed multipart'), { httpCode: 400 }));
};

const contents = new WeakMap<object, Buffer[]>();

/** Options of formidable 2 (the version koa-zod-router brings). */
export function memoryUploads(maxBytes: number) {
  return {
    maxFileSize: maxBytes,
    maxTotalFileSize: maxBytes,
    maxFiles: 1,
    maxFields: 20,
    maxFieldsSize: 64 * 1024,
    allowEmptyFiles: true,
    minFileSize: 0,
    fileWriteStreamHandler: (file: object) => {
      const chunks: Buffer[] = [];
      contents.set(file, chunks);
      return new Writable({
        write(chunk: Buffer, _encoding, done) {
          chunks.push(chunk);
          done();
        },
      });
    },
  } as never;
}

/** The one part called `file`. @throws AppError `invalid_request` for any other part */
export function uploadedFile(files: unknown): UploadedFile | null {
  if (files === null || typeof files !== 'object') return null;
  const entries = Object.entries(files as Record<string, unknown>);
  if (entries.length === 0) return null;
  const [name, value] = entries[0] as [string, unknown];
  const file = (Array.isArray(value) ? value[0] : value) as { originalFilename?: string | null; mimetype?: string | null } | undefined;
  if (name !== 'file' || entries.length > 1 || (Array.isArray(value) && value.length > 1) || file === undefined) {
    throw new AppError('invalid_request', 'Send exactly one file, in the multipart part called "file".');
  }
  return { fileName: file.originalFilename ?? 'document', mediaType: file.mimetype ?? null, bytes: Buffer.concat(contents.get(file) ?? []) };
}
