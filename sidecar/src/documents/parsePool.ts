import { Worker } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../platform/errors.ts';
import type { DocumentKind, ReadDocument, ReadLimits } from './Document.ts';

export interface ParseRequest {
  bytes: Uint8Array;
  kind: DocumentKind;
  limits: ReadLimits;
}

export type ParseAnswer =
  | { document: ReadDocument }
  | { code: ErrorCode; message: string; details: Record<string, unknown> | undefined; cause: string | undefined };

/** Two warm workers: a parse does not pay the start of a thread, and one slow document does not block the next. */
const poolSize = 2;

interface PoolWorker {
  thread: Worker;
  memoryMb: number;
  busy: boolean;
}

const workers = new Set<PoolWorker>();
const waiting: (() => void)[] = [];

/**
 * Parses in a worker thread. A thread that is over its time or memory is killed and replaced; an idle one does not
 * keep the process alive. Waiting for a free thread does not count against the time limit.
 *
 * @throws AppError with the parser's code, document_timeout, or document_too_large when memory runs out
 */
export async function parseInWorker(request: ParseRequest): Promise<ReadDocument> {
  const worker = await takeWorker(request.limits.maxMemoryMb);
  try {
    return await parse(worker, request);
  } finally {
    worker.busy = false;
    worker.thread.unref();
    waiting.shift()?.();
  }
}

/** Stops all threads; for shutdown. A later read starts new ones. */
export async function closeDocumentWorkers(): Promise<void> {
  const closing = [...workers];
  workers.clear();
  await Promise.all(closing.map((worker) => worker.thread.terminate()));
}

async function takeWorker(memoryMb: number): Promise<PoolWorker> {
  for (;;) {
    const idle = [...workers].filter((worker) => !worker.busy);
    const fitting = idle.find((worker) => worker.memoryMb === memoryMb);
    if (fitting !== undefined) {
      fitting.busy = true;
      fitting.thread.ref();
      return fitting;
    }
    if (workers.size < poolSize) return startWorker(memoryMb);
    const other = idle[0];
    if (other === undefined) await new Promise<void>((resolve) => waiting.push(resolve));
    else discard(other);
  }
}

function startWorker(memoryMb: number): PoolWorker {
  const thread = new Worker(new URL('./parseWorker.ts', import.meta.url), {
    // No environment: a hostile document that finds a hole finds no secrets.
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 64 },
  });
  const worker: PoolWorker = { thread, memoryMb, busy: true };
  workers.add(worker);
  // An idle thread that dies is forgotten; the error of a busy one reaches its parse by the same event.
  thread.on('error', () => workers.delete(worker));
  thread.on('exit', () => workers.delete(worker));
  return worker;
}

function discard(worker: PoolWorker): void {
  workers.delete(worker);
  void worker.thread.terminate();
}

function parse(worker: PoolWorker, request: ParseRequest): Promise<ReadDocument> {
  const { thread } = worker;
  return new Promise<ReadDocument>((resolve, reject) => {
    const timer = setTimeout(() => {
      discard(worker);
      settle(() => reject(timedOut(request.limits.timeoutMs)));
    }, request.limits.timeoutMs);
    const onMessage = (answer: ParseAnswer): void => {
      settle(() => ('document' in answer ? resolve(answer.document) : reject(errorOf(answer))));
    };
    const onError = (error: NodeJS.ErrnoException): void => settle(() => reject(crashed(error)));
    const onExit = (): void => settle(() => reject(stopped()));
    function settle(finish: () => void): void {
      clearTimeout(timer);
      thread.off('message', onMessage);
      thread.off('error', onError);
      thread.off('exit', onExit);
      finish();
    }
    thread.on('message', onMessage);
    thread.on('error', onError);
    thread.on('exit', onExit);
    // Copied, not transferred: the caller still stores and hashes the bytes.
    thread.postMessage(request);
  });
}

function errorOf(answer: Exclude<ParseAnswer, { document: ReadDocument }>): AppError {
  const cause = answer.cause === undefined ? undefined : { cause: new Error(answer.cause) };
  return new AppError(answer.code, answer.message, answer.details, cause);
}

function timedOut(timeoutMs: number): AppError {
  return new AppError(
    'document_timeout',
    `The document could not be read within ${Math.ceil(timeoutMs / 1000)} s. Save it again, for example by printing it to PDF, and upload the new file.`,
    { timeoutMs },
  );
}

/** A thread ends without an error only by `closeDocumentWorkers`; the same document may be read after the restart. */
function stopped(): AppError {
  return new AppError('service_unavailable', 'The service is stopping. Try again in a moment.');
}

function crashed(error: NodeJS.ErrnoException): AppError {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new AppError(
      'document_too_large',
      'The document needs more memory to read than is allowed. Save a simpler version, for example as PDF, and upload it again.',
      undefined,
      { cause: error },
    );
  }
  return new AppError(
    'document_damaged',
    'The document is damaged and could not be read. Open it, save it again and upload the new file.',
    undefined,
    { cause: error },
  );
}
