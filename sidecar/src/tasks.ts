/** Every kind of task there is, with its handler. */
import { cvTasks } from './cvs/cvs.tasks.ts';
import { knowledgeTasks } from './knowledge/knowledge.tasks.ts';
import { matchingTasks } from './matching/matching.tasks.ts';
import type { TaskHandlers } from './platform/queue/tasks.ts';
import { workflowTasks } from './workflows/workflows.tasks.ts';

export const taskHandlers: TaskHandlers = { ...cvTasks, ...matchingTasks, ...knowledgeTasks, ...workflowTasks };
