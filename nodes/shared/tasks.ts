import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { NodeOperationError, sleep } from 'n8n-workflow';
import type { Task } from './api';
import type { Show } from './properties';
import { apiRequest } from './transport';

/** The longest the sidecar holds one request open, in seconds (its `?wait=` allows 30; proxies often cut at 30). */
const longestWait = 20;
const firstPause = 250;
const longestPause = 5000;

/** Seconds to pass as `?wait=` on the request that starts a task. */
export function initialWait(waitForResult: boolean, timeoutSeconds: number): number {
  return waitForResult ? Math.max(0, Math.min(longestWait, Math.floor(timeoutSeconds))) : 0;
}

/**
 * Waits until the task has succeeded and returns it.
 * @throws NodeOperationError when it failed, was cancelled, or is not finished in time (it then goes on in the background)
 */
export async function waitForTask(
  context: IExecuteFunctions,
  started: Task,
  { timeoutSeconds, itemIndex }: { timeoutSeconds: number; itemIndex: number },
): Promise<Task> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  let task = started;
  let pause = firstPause;
  while (!isFinished(task)) {
    const left = deadline - Date.now();
    if (left <= 0) throw timedOut(context, task, timeoutSeconds, itemIndex);
    await sleep(Math.min(pause, left));
    pause = Math.min(pause * 2, longestPause);
    const wait = Math.max(0, Math.min(longestWait, Math.floor((deadline - Date.now()) / 1000)));
    task = await apiRequest<Task>(context, 'GET', `/v1/tasks/${task.id}`, { query: { wait }, patienceSeconds: Math.max(0, (deadline - Date.now()) / 1000) });
  }
  if (task.status === 'succeeded') return task;
  throw failed(context, task, itemIndex);
}

/** The short form of a task, for workflows that do not wait. */
export function simplifyTask(task: Task): object {
  return {
    taskId: task.id,
    kind: task.kind,
    status: task.status,
    progress: task.progress,
    ...(task.subject === null ? {} : { [`${task.subject.type}Id`]: task.subject.id }),
    ...(task.result === null ? {} : { result: task.result }),
  };
}

export function waitProperties(show: Show): INodeProperties[] {
  return [
    {
      displayName: 'Wait for Result',
      name: 'waitForResult',
      type: 'boolean',
      default: true,
      description:
        'Whether to wait until the work is done and output its result. When off, the node outputs the task at once; start another workflow with the TalentMatch Trigger when it has finished.',
      displayOptions: { show },
    },
    {
      displayName: 'Timeout (Seconds)',
      name: 'timeout',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 3600 },
      default: 300,
      description: 'How long to wait for the result. The work itself goes on in the background after that.',
      displayOptions: { show: { ...show, waitForResult: [true] } },
    },
  ];
}

function isFinished(task: Task): boolean {
  return task.status === 'succeeded' || task.status === 'failed' || task.status === 'cancelled';
}

function failed(context: IExecuteFunctions, task: Task, itemIndex: number): NodeOperationError {
  const code = task.error?.code ?? `task_${task.status}`;
  const error = new NodeOperationError(context.getNode(), task.error?.message ?? `The task was ${task.status}`, {
    itemIndex,
    description: `Code: ${code}. Task: ${task.id}`,
  });
  error.context.code = code;
  return error;
}

function timedOut(context: IExecuteFunctions, task: Task, timeoutSeconds: number, itemIndex: number): NodeOperationError {
  const error = new NodeOperationError(context.getNode(), `The task is still ${task.status} after ${timeoutSeconds} s`, {
    itemIndex,
    description: `Task ${task.id} goes on in the background (${task.progress} % done). Raise "Timeout", or turn off "Wait for Result" and continue with the TalentMatch Trigger. A task that stays queued usually means that its agent is paused or that no worker runs.`,
  });
  error.context.code = 'task_timeout';
  return error;
}
