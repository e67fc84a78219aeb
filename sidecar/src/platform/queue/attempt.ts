/** One attempt at a task: what its handler is given, how it is kept alive, and how it ends in the ledger. */
import { z } from 'zod';
import { isDatabaseUnavailable, type Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Carrier } from './carrier.ts';
import * as ledger from './ledger.ts';
import type { TaskError, TaskRow } from './ledger.ts';
import type { TaskSubject } from './subject.ts';

export interface TaskHandler<Context> {
  payload: z.ZodTypeAny;
  /** the attempt fails, and may be repeated, after this long; default 15 minutes */
  timeoutMs?: number;
  /** the longest wait between two attempts; default 5 minutes */
  longestBackoffMs?: number;
  /** what follows the task when it fails for good, is cancelled or is retried */
  subject?: TaskSubject<Context>;
  /** Idempotent: an attempt may follow one that was cut off anywhere. The answer is the task's result. */
  run(ctx: Context, payload: unknown): Promise<unknown>;
}

/** One attempt, as its handler sees it. */
export interface TaskRun {
  task: TaskRow;
  /** aborts when the task is cancelled, its lease is lost, its time is up or the worker stops */
  signal: AbortSignal;
  /** @param percent 0 to 100 */
  progress(percent: number, note?: string): Promise<void>;
  /** Call inside every transaction that writes a result. @throws AppError `lease_lost`, `task_cancelled` */
  fence(): Promise<void>;
  /** Ends the task inside the transaction that writes the result: both count, or neither. The answer of `run` is then not used. */
  succeed(result: Record<string, unknown> | null): Promise<void>;
}

export type TaskOutcome = 'succeeded' | 'failed' | 'retried' | 'cancelled' | 'lost' | 'released';

export interface WorkerOptions<Context> {
  db: Database;
  carrier: Carrier;
  handlers: Record<string, TaskHandler<Context>>;
  /** makes what a handler is given */
  contextOf: (run: TaskRun) => Context;
  /** tasks at a time, however they arrived */
  concurrency: number;
  /** a worker silent for this long loses its task */
  leaseMs: number;
  /** how often to look for what was not delivered */
  reconcileMs: number;
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  metrics?: {
    claimed?(task: TaskRow, waitedMs: number): void;
    settled?(task: TaskRow, outcome: TaskOutcome, ranMs: number): void;
    /** at every look for undelivered tasks: how many there are in all workspaces */
    waiting?(counts: { queued: number; running: number }): void;
  };
  /** runs first in the transaction in which a task may fail for good, for locks that come before the task's own */
  beforeFailed?: (task: TaskRow) => Promise<void>;
  /** runs in that transaction when the task has failed, for what must not be lost */
  onFailed?: (task: TaskRow) => Promise<void>;
  /** wait before the second attempt; doubles with each, with jitter. Default 1 s */
  backoffMs?: number;
  /** a handler that goes on after its attempt has ended keeps its slot for this long; default 1 minute */
  lingerMs?: number;
}

/** Why an attempt is aborted when its worker stops: it goes back to the queue and does not count. */
export class WorkerStopping extends Error {
  override name = 'WorkerStopping';
}

const defaultTimeoutMs = 15 * 60_000;
const defaultLongestBackoffMs = 5 * 60_000;

/** Runs one attempt to its end in the ledger. Never rejects. @param onRun is given the handler's run, which may outlast the attempt */
export async function runAttempt<Context>(options: WorkerOptions<Context>, task: TaskRow, abort: AbortController, onRun: (run: Promise<unknown>) => void): Promise<void> {
  const { log } = options;
  const began = Date.now();
  const stopKeeping = keepLease(options, task, abort);
  const about = { taskId: task.id, kind: task.kind, attempt: task.attempt, requestId: task.requestId };
  let outcome: TaskOutcome;
  try {
    outcome = await attempt(options, task, abort, onRun);
  } catch (error) {
    outcome = await settleError(options, task, error).catch((second: unknown) => {
      // The database is away: the lease runs out and another attempt follows.
      log.error({ ...about, err: second }, 'the end of a task could not be noted');
      return 'lost' as const;
    });
    const level = outcome === 'failed' && !(error instanceof AppError) ? 'error' : 'info';
    log[level]({ ...about, outcome, err: error }, 'a task attempt ended');
  } finally {
    stopKeeping();
  }
  options.metrics?.settled?.(task, outcome, Date.now() - began);
}

async function attempt<Context>({ db, handlers, contextOf, log }: WorkerOptions<Context>, task: TaskRow, abort: AbortController, onRun: (run: Promise<unknown>) => void): Promise<'succeeded'> {
  const handler = handlers[task.kind];
  if (!handler) throw new Error(`No handler for tasks of kind ${task.kind}`);
  const payload = parsePayload(handler, task);
  let succeeded = false;
  const context = contextOf({
    task,
    signal: abort.signal,
    async progress(percent, note) {
      abort.signal.throwIfAborted();
      await ledger.progress(db, task, percent, note);
    },
    fence: () => ledger.fence(db, task),
    async succeed(result) {
      await ledger.succeed(db, task, result);
      db.afterCommit(() => (succeeded = true));
    },
  });
  const timeoutMs = handler.timeoutMs ?? defaultTimeoutMs;
  const timer = setTimeout(() => abort.abort(new AppError('service_unavailable', `The task did not end within ${Math.round(timeoutMs / 1000)} s.`)), timeoutMs);
  try {
    const run = handler.run(context, payload);
    onRun(run);
    const result = await Promise.race([run, rejectOnAbort(abort.signal)]);
    if (!succeeded) await ledger.succeed(db, task, asResult(result));
    return 'succeeded';
  } catch (error) {
    if (!succeeded) throw error;
    log.warn({ err: error, taskId: task.id, kind: task.kind }, 'a handler failed after its task had succeeded');
    return 'succeeded';
  } finally {
    clearTimeout(timer);
  }
}

function parsePayload(handler: TaskHandler<never>, task: TaskRow): unknown {
  const parsed = handler.payload.safeParse(task.payload);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new AppError('invalid_request', `The payload of this task is not one of kind ${task.kind} (${paths}); it was made by another version.`);
}

function asResult(result: unknown): Record<string, unknown> | null {
  if (result === undefined || result === null) return null;
  return typeof result === 'object' && !Array.isArray(result) ? (result as Record<string, unknown>) : { value: result };
}

async function settleError<Context>({ db, handlers, backoffMs, beforeFailed, onFailed }: WorkerOptions<Context>, task: TaskRow, error: unknown): Promise<TaskOutcome> {
  if (error instanceof WorkerStopping || codeOf(error) === 'agent_paused') {
    await ledger.release(db, task);
    return 'released';
  }
  const retryable = error instanceof AppError ? error.retryable : !(error instanceof z.ZodError);
  try {
    if (codeOf(error) === 'lease_lost' || codeOf(error) === 'task_cancelled') throw error;
    const retryMs = retryable ? backoff(task.attempt, backoffMs ?? 1_000, handlers[task.kind]?.longestBackoffMs ?? defaultLongestBackoffMs) : null;
    const ended = await db.transaction(async () => {
      if (retryMs === null || task.attempt >= task.maxAttempts) await beforeFailed?.(task);
      const row = await ledger.fail(db, task, describe(error), retryMs);
      if (row.status === 'failed') await onFailed?.(row);
      return row;
    });
    return ended.status === 'queued' ? 'retried' : 'failed';
  } catch (refused) {
    if (codeOf(refused) === 'task_cancelled') return 'cancelled';
    if (codeOf(refused) === 'lease_lost') return 'lost';
    throw refused;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof AppError ? error.code : undefined;
}

/** What the user may read. An unknown error is only in the log. */
function describe(error: unknown): TaskError {
  if (error instanceof AppError) return { code: error.code, message: error.message, ...(error.details && { details: error.details }) };
  if (isDatabaseUnavailable(error)) return { code: 'service_unavailable', message: 'The database did not answer.' };
  return { code: 'internal_error', message: 'The task failed unexpectedly. The log has the cause under the id of this task.' };
}

/** Doubles with each attempt; the jitter keeps tasks that failed together from coming back together. */
function backoff(attempt: number, firstMs: number, longestMs: number): number {
  const longest = Math.min(longestMs, firstMs * 2 ** (attempt - 1));
  return Math.round(longest * (0.5 + Math.random() / 2));
}

/** Renews the lease and aborts the attempt when it is no longer ours. */
function keepLease<Context>({ db, log, leaseMs }: WorkerOptions<Context>, task: TaskRow, abort: AbortController): () => void {
  let renewedAt = Date.now();
  const check = async () => {
    const asked = Date.now();
    try {
      if (await ledger.heartbeat(db, task, leaseMs)) renewedAt = asked;
      else abort.abort(await lostReason(db, task));
    } catch (error) {
      log.warn({ err: error, taskId: task.id }, 'the lease of a task could not be renewed');
      if (Date.now() - renewedAt > leaseMs) abort.abort(new AppError('lease_lost', 'The lease ran out while the database was away.'));
    }
  };
  const timer = setInterval(() => void check(), leaseMs / 3);
  const onSettled = (taskId: string, status: string) => {
    if (taskId === task.id && status === 'cancelled') void check();
  };
  db.signals.on(ledger.taskSettled, onSettled);
  return () => {
    clearInterval(timer);
    db.signals.off(ledger.taskSettled, onSettled);
  };
}

async function lostReason(db: Database, task: TaskRow): Promise<AppError> {
  const now = await ledger.find(db, task.workspaceId, task.id);
  return now?.status === 'cancelled'
    ? new AppError('task_cancelled', 'The task was cancelled.')
    : new AppError('lease_lost', 'Another worker has taken over this task.');
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, failed) => {
    if (signal.aborted) failed(signal.reason as Error);
    else signal.addEventListener('abort', () => failed(signal.reason as Error), { once: true });
  });
}
