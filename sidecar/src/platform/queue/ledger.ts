/**
 * The task ledger: the one place that decides who runs a task and whether its result counts. The queue only delivers
 * ids. `attempt` is the fencing token: every claim raises it, and only the attempt that holds it may write.
 */
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { Keyset } from '../page.ts';

export const taskStatuses = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

export interface TaskRow {
  id: string;
  workspaceId: string;
  kind: string;
  /** ids only, never CV text */
  payload: Record<string, unknown>;
  status: TaskStatus;
  /** percent */
  progress: number;
  progressNote: string | null;
  attempt: number;
  maxAttempts: number;
  runAt: Date;
  leaseUntil: Date | null;
  worker: string | null;
  result: Record<string, unknown> | null;
  error: TaskError | null;
  subjectType: string | null;
  subjectId: string | null;
  /** while this agent is paused the task waits */
  agentId: string | null;
  createdBy: string;
  requestId: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface TaskError {
  code: string;
  message: string;
  details?: Record<string, unknown>;
}

export interface EnqueueInput {
  workspaceId: string;
  kind: string;
  payload: Record<string, unknown>;
  subject?: { type: string; id: string } | undefined;
  agentId?: string | undefined;
  /** not before; default at once */
  runAt?: Date | undefined;
  /** default 3 */
  maxAttempts?: number | undefined;
  createdBy: string;
  requestId?: string | undefined;
}

/** One claim of one task. */
export type Attempt = Pick<TaskRow, 'id' | 'attempt'>;

/** What the ledger says on `db.signals`, after commit and to this process only. */
export const taskQueued = 'task.queued'; // (taskId, delayMs)
export const taskSettled = 'task.settled'; // (taskId, status)

const columns = `id, workspace_id AS "workspaceId", kind, payload, status, progress, progress_note AS "progressNote", attempt,
  max_attempts AS "maxAttempts", run_at AS "runAt", lease_until AS "leaseUntil", worker, result, error,
  subject_type AS "subjectType", subject_id AS "subjectId", agent_id AS "agentId", created_by AS "createdBy",
  request_id AS "requestId", created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`;

const milliseconds = (name: string) => `${name} * interval '1 millisecond'`;

/** Adds a task in the caller's transaction; a worker is woken when that commits. */
export async function enqueue(db: Database, input: EnqueueInput): Promise<TaskRow> {
  const [task] = await db.query<TaskRow>(
    `INSERT INTO tasks (id, workspace_id, kind, payload, status, max_attempts, run_at, subject_type, subject_id, agent_id, created_by, request_id)
     VALUES ($id, $workspaceId, $kind, $payload, 'queued', $maxAttempts, coalesce($runAt::timestamptz, now()), $subjectType, $subjectId, $agentId, $createdBy, $requestId)
     RETURNING ${columns}`,
    {
      bind: {
        id: uuidv7(),
        workspaceId: input.workspaceId,
        kind: input.kind,
        payload: JSON.stringify(input.payload),
        maxAttempts: input.maxAttempts ?? 3,
        runAt: input.runAt ?? null,
        subjectType: input.subject?.type ?? null,
        subjectId: input.subject?.id ?? null,
        agentId: input.agentId ?? null,
        createdBy: input.createdBy,
        requestId: input.requestId ?? null,
      },
    },
  );
  if (!task) throw new Error('INSERT INTO tasks answered no row');
  signalQueued(db, task.id, input.runAt ? Math.max(0, input.runAt.getTime() - Date.now()) : 0);
  return task;
}

export interface ClaimInput {
  /** only this task; without it any that is due */
  taskId?: string | undefined;
  /** kinds this worker can run */
  kinds: readonly string[];
  /** name of the worker, for people */
  worker: string;
  leaseMs: number;
  /** only tasks due for at least this long (negative: also those due that soon) */
  overdueMs?: number | undefined;
}

/**
 * Takes one task for this worker: a queued one that is due, or a running one whose lease has run out and that has
 * attempts left. Tasks of a paused agent stay where they are.
 * @returns null when there is none to take
 */
export async function claim(db: Database, input: ClaimInput): Promise<TaskRow | null> {
  // The column holds rounded milliseconds: what is due now may stand half of one in the future.
  return (await claimWhere(db, input, `t.status = 'queued' AND t.run_at <= now() + interval '1 millisecond' - ${milliseconds('$overdueMs')}`, 't.run_at'))
    ?? (await claimWhere(db, input, `t.status = 'running' AND t.lease_until < now() AND t.attempt < t.max_attempts`, 't.lease_until'));
}

async function claimWhere(db: Database, input: ClaimInput, due: string, order: string): Promise<TaskRow | null> {
  // MATERIALIZED: the planner may otherwise run the locking subquery more than once and lock more rows than it takes.
  const [task] = await db.query<TaskRow>(
    `WITH chosen AS MATERIALIZED (
       SELECT t.id FROM tasks t
       WHERE ${due} AND t.kind = ANY($kinds) AND ($taskId::uuid IS NULL OR t.id = $taskId)
         AND NOT EXISTS (SELECT 1 FROM agents a WHERE a.id = t.agent_id AND a.status = 'paused')
         AND NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.id = t.workspace_id AND w.disabled_at IS NOT NULL)
       ORDER BY ${order} LIMIT 1 FOR UPDATE OF t SKIP LOCKED)
     UPDATE tasks SET status = 'running', attempt = attempt + 1, worker = $worker, lease_until = now() + ${milliseconds('$leaseMs')},
       started_at = now(), progress = 0, progress_note = NULL
     WHERE id = (SELECT id FROM chosen) RETURNING ${columns}`,
    { bind: { taskId: input.taskId ?? null, kinds: [...input.kinds], worker: input.worker, leaseMs: input.leaseMs, overdueMs: input.overdueMs ?? 0 } },
  );
  return task ?? null;
}

/** Keeps the lease. @returns whether the attempt still owns the task; false after a cancel or a lost lease */
export async function heartbeat(db: Database, { id, attempt }: Attempt, leaseMs: number): Promise<boolean> {
  const rows = await db.query(
    `UPDATE tasks SET lease_until = now() + ${milliseconds('$leaseMs')} WHERE id = $id AND attempt = $attempt AND status = 'running' RETURNING id`,
    { bind: { id, attempt, leaseMs } },
  );
  return rows.length > 0;
}

/** @param percent 0 to 100. @returns whether the attempt still owns the task */
export async function progress(db: Database, { id, attempt }: Attempt, percent: number, note?: string): Promise<boolean> {
  const rows = await db.query(
    `UPDATE tasks SET progress = $percent, progress_note = $note WHERE id = $id AND attempt = $attempt AND status = 'running' RETURNING id`,
    { bind: { id, attempt, percent: Math.round(Math.min(100, Math.max(0, percent))), note: note ?? null } },
  );
  return rows.length > 0;
}

/**
 * Checks, inside the transaction that writes a result, that this attempt still owns the task. The row stays locked to
 * the end of the transaction, so no other worker can take the task and no cancel can pass in between.
 * @throws AppError `task_cancelled`, `lease_lost`
 */
export async function fence(db: Database, { id, attempt }: Attempt): Promise<void> {
  if (!db.inTransaction) throw new Error('fence() guards nothing outside a transaction');
  const [row] = await db.query<Pick<TaskRow, 'status' | 'attempt'>>('SELECT status, attempt FROM tasks WHERE id = $id FOR UPDATE', { bind: { id } });
  if (row?.status !== 'running' || row.attempt !== attempt) throw ownershipLost(row?.status);
}

/** @throws AppError `task_cancelled`, `lease_lost` when another attempt owns the task by now */
export async function succeed(db: Database, { id, attempt }: Attempt, result: Record<string, unknown> | null): Promise<TaskRow> {
  const [task] = await db.query<TaskRow>(
    `UPDATE tasks SET status = 'succeeded', progress = 100, progress_note = NULL, result = $result, error = NULL, lease_until = NULL, finished_at = now()
     WHERE id = $id AND attempt = $attempt AND status = 'running' RETURNING ${columns}`,
    { bind: { id, attempt, result: result === null ? null : JSON.stringify(result) } },
  );
  if (!task) throw await whyLost(db, id);
  signalSettled(db, task);
  return task;
}

/**
 * Ends an attempt that went wrong: the task is queued again while it has attempts left, else it has failed.
 * @param retryMs wait before the next attempt; null when the error is final
 * @throws AppError `task_cancelled`, `lease_lost`
 */
export async function fail(db: Database, { id, attempt }: Attempt, error: TaskError, retryMs: number | null): Promise<TaskRow> {
  const [task] = await db.query<TaskRow>(
    `UPDATE tasks SET error = $error, lease_until = NULL, worker = NULL,
       status = CASE WHEN $retryMs::int IS NOT NULL AND attempt < max_attempts THEN 'queued' ELSE 'failed' END,
       run_at = CASE WHEN $retryMs::int IS NOT NULL AND attempt < max_attempts THEN now() + ${milliseconds('$retryMs::int')} ELSE run_at END,
       finished_at = CASE WHEN $retryMs::int IS NOT NULL AND attempt < max_attempts THEN NULL ELSE now() END
     WHERE id = $id AND attempt = $attempt AND status = 'running' RETURNING ${columns}`,
    { bind: { id, attempt, error: JSON.stringify(error), retryMs } },
  );
  if (!task) throw await whyLost(db, id);
  if (task.status === 'queued') signalQueued(db, id, retryMs ?? 0);
  else signalSettled(db, task);
  return task;
}

/**
 * Gives a task back unfinished (the worker stops, or its agent was paused meanwhile): queued again, and the attempt
 * does not count against the limit. Does nothing when the attempt no longer owns the task.
 */
export async function release(db: Database, { id, attempt }: Attempt): Promise<void> {
  const rows = await db.query(
    `UPDATE tasks SET status = 'queued', run_at = now(), lease_until = NULL, worker = NULL, progress = 0, progress_note = NULL, max_attempts = max_attempts + 1
     WHERE id = $id AND attempt = $attempt AND status = 'running' RETURNING id`,
    { bind: { id, attempt } },
  );
  if (rows.length > 0) signalQueued(db, id, 0);
}

const isAbandoned = "status = 'running' AND lease_until < now() AND attempt >= max_attempts";

/** Tasks whose worker vanished on the last attempt. */
export async function listAbandoned(db: Database, kinds: readonly string[]): Promise<TaskRow[]> {
  return db.query<TaskRow>(`SELECT ${columns} FROM tasks WHERE ${isAbandoned} AND kind = ANY($kinds) ORDER BY lease_until LIMIT 100`, { bind: { kinds: [...kinds] } });
}

/** Fails such a task, so that one that kills its worker ends. @returns null when it is not abandoned any more */
export async function failAbandoned(db: Database, { id, attempt }: Attempt): Promise<TaskRow | null> {
  const error: TaskError = { code: 'internal_error', message: 'The worker stopped every time it ran this task. Retry it once the cause is found in the logs.' };
  const [task] = await db.query<TaskRow>(
    `UPDATE tasks SET status = 'failed', error = $error, lease_until = NULL, finished_at = now() WHERE id = $id AND attempt = $attempt AND ${isAbandoned} RETURNING ${columns}`,
    { bind: { id, attempt, error: JSON.stringify(error) } },
  );
  if (task) signalSettled(db, task);
  return task ?? null;
}

/**
 * Cancels a queued or running task at once. A running attempt is told at its next heartbeat, and its result is refused.
 * @throws AppError `not_found`, `task_not_cancellable`
 */
export async function cancel(db: Database, workspaceId: string, taskId: string): Promise<TaskRow> {
  const [task] = await db.query<TaskRow>(
    `UPDATE tasks SET status = 'cancelled', lease_until = NULL, finished_at = now()
     WHERE workspace_id = $workspaceId AND id = $taskId AND status IN ('queued', 'running') RETURNING ${columns}`,
    { bind: { workspaceId, taskId } },
  );
  if (!task) {
    const { status } = await known(db, workspaceId, taskId);
    throw new AppError('task_not_cancellable', `The task has already ended (${status}); there is nothing to cancel.`, { status });
  }
  signalSettled(db, task);
  return task;
}

/** Queues a failed or cancelled task again, with three more attempts. @throws AppError `not_found`, `task_not_retryable`, `agent_paused` */
export async function retry(db: Database, workspaceId: string, taskId: string): Promise<TaskRow> {
  const [task] = await db.query<TaskRow>(
    `UPDATE tasks SET status = 'queued', run_at = now(), max_attempts = attempt + 3, error = NULL, result = NULL, progress = 0, progress_note = NULL,
       worker = NULL, started_at = NULL, finished_at = NULL
     WHERE workspace_id = $workspaceId AND id = $taskId AND status IN ('failed', 'cancelled')
       AND NOT EXISTS (SELECT 1 FROM agents a WHERE a.id = agent_id AND a.status = 'paused') RETURNING ${columns}`,
    { bind: { workspaceId, taskId } },
  );
  if (!task) {
    const { status, agentId } = await known(db, workspaceId, taskId);
    if (agentId !== null && (status === 'failed' || status === 'cancelled')) throw new AppError('agent_paused', 'The agent of this task is paused. Resume it with Agent Control or POST /v1/agents/{agentId}/resume, then retry the task.', { agentId });
    throw new AppError('task_not_retryable', `Only a failed or cancelled task can run again; this one is ${status}.`, { status });
  }
  signalQueued(db, taskId, 0);
  return task;
}

export async function find(db: Database, workspaceId: string, taskId: string): Promise<TaskRow | null> {
  const [task] = await db.query<TaskRow>(`SELECT ${columns} FROM tasks WHERE workspace_id = $workspaceId AND id = $taskId`, { bind: { workspaceId, taskId } });
  return task ?? null;
}

export interface TaskFilter {
  status?: TaskStatus | undefined;
  kind?: string | undefined;
  subject?: { type: string; id: string } | undefined;
  createdBy?: string | undefined;
}

/** Newest first. @param after the last row of the page before */
export async function list(db: Database, workspaceId: string, filter: TaskFilter, after: Keyset | null, limit: number): Promise<TaskRow[]> {
  const conditions = ['workspace_id = $workspaceId'];
  if (filter.status !== undefined) conditions.push('status = $status');
  if (filter.kind !== undefined) conditions.push('kind = $kind');
  if (filter.subject !== undefined) conditions.push('subject_type = $subjectType AND subject_id = $subjectId');
  if (filter.createdBy !== undefined) conditions.push('created_by = $createdBy');
  if (after !== null) conditions.push('(created_at, id) < ($createdAt, $id)');
  return db.query<TaskRow>(`SELECT ${columns} FROM tasks WHERE ${conditions.join(' AND ')} ORDER BY created_at DESC, id DESC LIMIT $limit`, {
    bind: {
      workspaceId, limit,
      ...(filter.status !== undefined && { status: filter.status }),
      ...(filter.kind !== undefined && { kind: filter.kind }),
      ...(filter.subject !== undefined && { subjectType: filter.subject.type, subjectId: filter.subject.id }),
      ...(filter.createdBy !== undefined && { createdBy: filter.createdBy }),
      ...(after !== null && { createdAt: after.createdAt, id: after.id }),
    },
  });
}

/** Tasks that are due now, oldest first. For waking workers, so without a workspace: it answers ids only. */
export async function dueTasks(db: Database, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>("SELECT id FROM tasks WHERE status = 'queued' AND run_at <= now() ORDER BY run_at LIMIT $limit", { bind: { limit } });
  return rows.map(({ id }) => id);
}

export async function countUnfinished(db: Database): Promise<{ queued: number; running: number }> {
  const [counts] = await db.query<{ queued: number; running: number }>(
    "SELECT (SELECT count(*) FROM tasks WHERE status = 'queued') AS queued, (SELECT count(*) FROM tasks WHERE status = 'running') AS running",
  );
  return counts ?? { queued: 0, running: 0 };
}

export function hasEnded({ status }: Pick<TaskRow, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}

async function known(db: Database, workspaceId: string, taskId: string): Promise<TaskRow> {
  const task = await find(db, workspaceId, taskId);
  if (task === null) throw new AppError('not_found', 'There is no such task. GET /v1/tasks lists them.');
  return task;
}

async function whyLost(db: Database, id: string): Promise<AppError> {
  const [row] = await db.query<Pick<TaskRow, 'status'>>('SELECT status FROM tasks WHERE id = $id', { bind: { id } });
  return ownershipLost(row?.status);
}

function ownershipLost(status: TaskStatus | undefined): AppError {
  return status === 'cancelled'
    ? new AppError('task_cancelled', 'The task was cancelled; its result is not kept.')
    : new AppError('lease_lost', 'Another worker has taken over this task; this attempt may not write its result.');
}

function signalQueued(db: Database, taskId: string, delayMs: number): void {
  db.afterCommit(() => db.signals.emit(taskQueued, taskId, delayMs));
}

function signalSettled(db: Database, { id, status }: TaskRow): void {
  db.afterCommit(() => db.signals.emit(taskSettled, id, status));
}
