import type { Subscriber } from '../platform/events.ts';
import { emit } from '../platform/events.ts';

/**
 * An analysis that ended without an answer of its own (a defect, a worker that died each time) must not leave its CV
 * queued for ever: the CV carries the task's error.
 */
export const markFailedAnalysis: Subscriber = async (ctx, event) => {
  if (event.type !== 'task.failed' || event.data['kind'] !== 'cv.analyse') return;
  const rows = await ctx.db.query<{ id: string; code: string }>(
    `UPDATE cvs v SET status = 'failed', error = jsonb_build_object('code', t.error->>'code', 'message', t.error->>'message')
     FROM tasks t WHERE t.id = $taskId AND v.task_id = t.id AND v.workspace_id = $workspaceId AND v.status = 'queued' RETURNING v.id, t.error->>'code' AS code`,
    { bind: { taskId: event.subject.id, workspaceId: event.workspaceId } },
  );
  for (const { id, code } of rows) await emit(ctx, 'cv.failed', { type: 'cv', id }, { cvId: id, code });
};
