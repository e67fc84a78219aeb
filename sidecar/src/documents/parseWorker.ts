/** Entry of the parser threads: one request at a time, answered by one message. */
import { parentPort } from 'node:worker_threads';
import { AppError } from '../platform/errors.ts';
import { parseDocument } from './parseDocument.ts';
import type { ParseAnswer, ParseRequest } from './parsePool.ts';

parentPort?.on('message', (request: ParseRequest) => {
  void answerTo(request).then((answer) => parentPort?.postMessage(answer));
});

async function answerTo(request: ParseRequest): Promise<ParseAnswer> {
  try {
    return { document: await parseDocument(request.bytes, request.kind, request.limits) };
  } catch (error) {
    if (error instanceof AppError) {
      return { code: error.code, message: error.message, details: error.details, cause: causeOf(error.cause) };
    }
    // Whatever a parser throws on hostile bytes means that they are no sound document; the cause stays for the log.
    return {
      code: 'document_damaged',
      message: 'The document is damaged and could not be read. Open it, save it again and upload the new file.',
      details: undefined,
      cause: causeOf(error),
    };
  }
}

function causeOf(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
