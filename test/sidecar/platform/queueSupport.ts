import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import { beeQueueCarrier } from '../../../sidecar/src/platform/queue/beeQueueCarrier.ts';
import { inProcessCarrier } from '../../../sidecar/src/platform/queue/carrier.ts';
import type { Carrier } from '../../../sidecar/src/platform/queue/carrier.ts';
import { createTasks } from '../../../sidecar/src/platform/queue/tasks.ts';
import type { Tasks } from '../../../sidecar/src/platform/queue/tasks.ts';
import { createWorker } from '../../../sidecar/src/platform/queue/worker.ts';
import type { TaskHandler, TaskRun, WorkerOptions } from '../../../sidecar/src/platform/queue/attempt.ts';
import type { Worker } from '../../../sidecar/src/platform/queue/worker.ts';

export const silent = { debug() {}, info() {}, warn() {}, error() {} };

export type Run = TaskHandler<TaskRun>['run'];
type Tuning = Partial<Pick<WorkerOptions<TaskRun>, 'concurrency' | 'leaseMs' | 'reconcileMs' | 'backoffMs' | 'metrics' | 'onFailed' | 'lingerMs'>>;

/** A queue of its own: what an API process has (`tasks`) and as many workers as asked for, all over one database. */
export function openQueue(db: Database, redisUrl: string | null) {
	const name = `test-${randomUUID()}`;
	const newCarrier = () => (redisUrl === null ? inProcessCarrier() : beeQueueCarrier({ redisUrl, name, log: silent }));
	const carriers: Carrier[] = [];
	const workers: Worker[] = [];
	const producer = newCarrier();
	carriers.push(producer);
	const tasks: Tasks = createTasks({ db, carrier: producer, log: silent });
	return {
		tasks,
		producer,
		/** One process has one carrier; a further worker is a further process. */
		work(run: Run, { payload = z.object({}).passthrough(), timeoutMs, ...tuning }: Tuning & { payload?: z.ZodTypeAny; timeoutMs?: number } = {}): Worker {
			const carrier = workers.length === 0 ? producer : newCarrier();
			if (carrier !== producer) carriers.push(carrier);
			const worker = createWorker<TaskRun>({
				db, carrier, log: silent, contextOf: (taskRun) => taskRun,
				handlers: { test: { payload, run, ...(timeoutMs !== undefined && { timeoutMs }) } },
				concurrency: 4, leaseMs: 2_000, reconcileMs: 200, backoffMs: 50, ...tuning,
			});
			workers.push(worker);
			return worker;
		},
		async close() {
			await Promise.all(workers.map((worker) => worker.close(500)));
			tasks.close();
			await Promise.all(carriers.map((carrier) => carrier.close(1_000)));
		},
	};
}

export async function newWorkspace(db: Database): Promise<string> {
	const id = randomUUID();
	await db.query('INSERT INTO workspaces (id, name) VALUES ($1, $2)', { bind: [id, 'Test'] });
	return id;
}

export async function newAgent(db: Database, workspaceId: string): Promise<string> {
	const id = randomUUID();
	await db.query("INSERT INTO agents (id, workspace_id, kind, name, description) VALUES ($1, $2, 'cv-analyst', $3, '')", { bind: [id, workspaceId, id] });
	return id;
}

/** A task of kind `test`. */
export function testTask(workspaceId: string, more: Partial<Parameters<Tasks['enqueue']>[0]> = {}) {
	return { workspaceId, kind: 'test', payload: {}, createdBy: 'test', ...more };
}
