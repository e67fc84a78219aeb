/** The sidecar as a process of its own whose every trace is kept: output, log files, requests and answers, command lines. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';

const sidecar = new URL('../../../sidecar/', import.meta.url).pathname;

export interface Running {
	url: string;
	child: ChildProcess;
	/** what it wrote to stdout and stderr */
	said(): string;
	ended: Promise<number | null>;
	/** resolves when the process has ended */
	stop(): Promise<void>;
}

const alive = new Set<ChildProcess>();
process.once('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

/** @throws Error with what it said when it does not start */
export async function startTraced(environment: Record<string, string>): Promise<Running> {
	const { child, said, ended } = launch('src/main.ts', [], environment);
	const url = await new Promise<string>((resolve, reject) => {
		child.once('message', (message: { url: string }) => resolve(message.url));
		void ended.then((code) => reject(new Error(`ended with code ${code}: ${said()}`)));
	});
	return {
		url, child, said, ended,
		async stop() {
			child.kill('SIGTERM');
			await ended;
		},
	};
}

/** A start that is expected to fail, or a command of scripts/. */
export async function runTraced(file: string, args: string[], environment: Record<string, string>): Promise<{ code: number | null; said: string }> {
	const { said, ended } = launch(file, args, environment);
	return { code: await ended, said: said() };
}

function launch(file: string, args: string[], environment: Record<string, string>): Pick<Running, 'child' | 'said' | 'ended'> {
	const child = spawn(process.execPath, [join(sidecar, file), ...args], { env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
	let said = '';
	for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (said += data.toString('utf8')));
	alive.add(child);
	child.once('exit', () => alive.delete(child));
	return { child, said: () => said, ended: new Promise((resolve) => child.once('close', (code) => resolve(code))) };
}

/** What every user of the machine sees of a process and its children: names and arguments. */
export function commandLines(pid: number): string {
	if (!existsSync(`/proc/${pid}`)) return '';
	const own = ['cmdline', 'comm'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join('\n');
	return [own, ...childrenOf(pid).map(commandLines)].join('\n');
}

export function childrenOf(pid: number): number[] {
	return readdirSync(`/proc/${pid}/task`).flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
}

/** Every file below a folder, bytes as Latin-1 so that nothing is lost. */
export function filesIn(folder: string): { path: string; text: string }[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.map((path) => ({ path, text: readFileSync(path, 'latin1') }));
}

/** All rows of all tables of the database as text; bytes also as the text that they are. */
export async function everyRow(db: Database): Promise<{ table: string; row: string }[]> {
	const columns = await db.query<{ schema: string; table: string; bytes: string[] | null }>(
		`SELECT n.nspname AS schema, c.relname AS table, array_agg(a.attname::text) FILTER (WHERE t.typname = 'bytea') AS bytes
		 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
		 WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' GROUP BY 1, 2 ORDER BY 1, 2`,
	);
	const rows: { table: string; row: string }[] = [];
	for (const { schema, table, bytes } of columns) {
		const asText = (bytes ?? []).map((column) => ` || ' ' || coalesce(encode("${column}", 'escape'), '')`).join('');
		rows.push(...(await db.query<{ row: string }>(`SELECT t::text${asText} AS row FROM "${schema}"."${table}" t`)).map(({ row }) => ({ table, row })));
	}
	return rows;
}
