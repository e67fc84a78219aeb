/**
 * Asks every route as every actor about every kind of row, and compares each answer with the oracle: its status, the
 * rows it lists, and the words it holds, in body and headers, of rows the actor may not see.
 */
import type { AnyRoute } from '../../../sidecar/src/platform/route.ts';
import { request } from '../../support/app.ts';
import type { Answer } from '../../support/app.ts';
import { contents, untilIdle } from '../../support/rows.ts';
import { asks, freshRow } from './asks.ts';
import type { Ask, Asked, ItemAsk, ListAsk, Verdict } from './asks.ts';
import { Oracle } from './oracle.ts';
import { probes } from './probes.ts';
import { first, nowhere, second } from './world.ts';
import type { Actor, Row, RowType, World } from './world.ts';

export type RowKind = 'own' | 'assigned' | 'other row of the workspace' | 'other workspace' | 'nowhere' | 'no row';

export interface Allowed {
	/** whose words and ids may stand in the answer; with # before it, only ids */
	about: Set<string>;
	/** no personal data, of nobody */
	blind: boolean;
	/** takes out of a good answer what it repeats of the request */
	withoutEcho?(body: any): unknown;
}
export const nothing: Allowed = { about: new Set(), blind: true };

const planted = new RegExp(`zq(?:${second.join('|')})(?:${first.join('|')})(?:${second.join('|')})|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|7946\\s?0\\d{3}`, 'gi');
/** They show the word of their row to all who see. */
const showsWord = new Set(['getJob', 'getCv', 'getCvText', 'getCvFile', 'getCandidate', 'getUser']);
/** Different in every answer, whoever asks for what. */
const ownHeaders = new Set(['date', 'x-request-id', 'ratelimit', 'ratelimit-policy', 'retry-after']);

export class Matrix {
	readonly world: World;
	readonly oracle: Oracle;
	readonly routes: AnyRoute[];
	readonly leaks: string[] = [];
	readonly wrong: string[] = [];
	private told = { leaks: 0, wrong: 0 };
	requests = 0;
	checks = 0;
	readonly cells = new Map<string, Set<string>>();
	readonly counts = new Map<RowKind, number>();

	constructor(world: World, routes: AnyRoute[]) {
		this.world = world;
		this.oracle = new Oracle(world);
		this.routes = routes;
	}

	askOf(route: AnyRoute): Ask {
		const ask = asks[route.id];
		if (ask === undefined) throw new Error(`tell the matrix how to ask ${route.id}: add it to test/sidecar/matrix/asks.ts`);
		if (ask.kind === 'own' && probes[route.id] === undefined && route.permission !== 'public') throw new Error(`tell the matrix how to ask ${route.id}: add it to test/sidecar/matrix/probes.ts`);
		return ask;
	}

	private readonly tried = new Set<string>();
	/** Is it the first time that this name is asked for in a workspace? */
	isNew(actor: Actor, name: string): boolean {
		const key = `${actor.workspace} ${name}`;
		return !this.tried.has(key) && this.tried.add(key) !== undefined;
	}

	route(id: string): AnyRoute {
		const route = this.routes.find((one) => one.id === id);
		if (route === undefined) throw new Error(`there is no route ${id}: take it out of the matrix`);
		return route;
	}

	kindOf(actor: Actor, row: Row): RowKind {
		if (row.about === 'nothing') return 'nowhere';
		if (row.workspace !== actor.workspace) return 'other workspace';
		if (row.by === actor.id || row.user === actor.id) return 'own';
		const assigned = (job: string) => this.oracle.assigned(actor, job);
		if (row.type === 'job' ? assigned(row.id) : row.job !== undefined ? assigned(row.job) : row.candidate !== undefined && this.world.rows.some((match) => match.type === 'match' && match.candidate === row.candidate && assigned(match.job!))) return 'assigned';
		return 'other row of the workspace';
	}

	/** Sends, and looks at every word that comes back. */
	async send(actor: Actor, routeId: string, path: string, options: { body?: unknown; allowed?: Allowed; kind?: RowKind; there?: Row } = {}): Promise<Answer> {
		const method = this.route(routeId).method.toUpperCase();
		const answer = await actor.call(method, path, method === 'GET' ? undefined : options.body);
		this.requests += 1;
		const kind = options.kind ?? 'no row';
		this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
		const cell = this.cells.get(routeId) ?? new Set();
		this.cells.set(routeId, cell.add(`${actor.label} ${kind}`));
		const label = `${actor.label}: ${method} ${path}`;
		if (answer.status >= 500) this.wrong.push(`${label}: ${answer.status}`);
		this.look(label, actor, answer, `${path} ${JSON.stringify(options.body ?? null)}`, answer.status < 300 ? (options.allowed ?? nothing) : options.there ? { about: new Set([options.there.about]), blind: true } : nothing);
		return answer;
	}

	private look(label: string, actor: Actor, answer: Answer, sent: string, allowed: Allowed): void {
		const body = allowed.withoutEcho ? allowed.withoutEcho(answer.body) : answer.body;
		const cursor = typeof answer.body?.nextCursor === 'string' ? Buffer.from(answer.body.nextCursor, 'base64url').toString() : '';
		this.scan(`${label} (${answer.status})`, actor, `${JSON.stringify(body)} ${[...answer.headers].join(' ')} ${cursor}`, sent, allowed);
	}

	scan(label: string, actor: Actor, text: string, sent: string, allowed: Allowed): void {
		const { world } = this;
		this.checks += 1;
		const asked = sent.toLowerCase();
		for (const word of new Set(text.match(planted)?.map((found) => found.toLowerCase().replace(/\s/g, '')))) {
			const token = world.tokens.get(word);
			if (token === undefined || token.about === `workspace ${actor.workspace}`) continue;
			if (token.kind === 'actor' && (token.workspace === actor.workspace || word === world.places[1]!.admin.id)) continue;
			const shown = allowed.about.has(token.about) || (token.kind === 'id' && allowed.about.has(`#${token.about}`));
			if (shown && !(token.kind === 'personal' && allowed.blind)) continue;
			if (token.kind === 'id' && asked.includes(word)) continue;
			this.leaks.push(`${label} shows ${token.kind} ${word} of ${token.about} (workspace ${token.workspace})${shown ? ' to a blind role' : ''}`);
		}
	}

	must(right: boolean, what: string): void {
		this.checks += 1;
		if (!right) this.wrong.push(what);
	}

	mustAnswer(label: string, answer: Answer, verdict: Verdict): void {
		const right = verdict.status.includes(answer.status) && (verdict.code === undefined || answer.status < 400 || answer.body?.code === verdict.code);
		this.must(right, `${label}: ${answer.status} ${answer.body?.code ?? ''} ${answer.status >= 400 ? answer.body?.detail : ''} instead of ${verdict.status.join(' or ')} ${verdict.code ?? ''}`);
	}

	/** Some rows of these kinds: a few of each relation to the actor. */
	some(actor: Actor, types: readonly RowType[], fits: (row: Row) => boolean, most = 2): Row[] {
		const taken = new Map<string, number>();
		return this.world.rows.filter((row) => {
			if (!types.includes(row.type) || !fits(row)) return false;
			// Of each collection, and of matches of one's own job with somebody else's candidate, too.
			const mine = row.type === 'match' && this.world.row('job', row.job!)?.by === actor.id;
			const key = `${row.type} ${this.kindOf(actor, row)} ${mine} ${row.status} ${row.collection} ${row.type === 'collection' ? row.roles?.join() : ''}`;
			taken.set(key, (taken.get(key) ?? 0) + 1);
			return taken.get(key)! <= most;
		});
	}

	pathOf(route: AnyRoute, row: Row | null, more: Record<string, string> = {}): string {
		return route.path.replace(/:(\w+)/g, (_, name: string) => more[name] ?? row?.id ?? nowhere('job').id);
	}

	asked(actor: Actor, row: Row): Asked {
		return { world: this.world, oracle: this.oracle, actor, row };
	}

	isThere(route: AnyRoute, ask: ItemAsk | ListAsk, actor: Actor, row: Row): boolean {
		if (ask.kind === 'item' && ask.sees) return ask.sees(this.asked(actor, row));
		return this.oracle.sees(actor, route.permission, row);
	}

	allowedFor(route: AnyRoute, ask: ItemAsk | ListAsk, actor: Actor, rows: Row[]): Allowed {
		return {
			about: new Set(rows.flatMap((row) => [row.about, ...(ask.shows?.(this.asked(actor, row)) ?? [])])),
			blind: this.oracle.blind(actor, ...(ask.blindBy ?? [route.permission])),
		};
	}

	/** Who is nobody gets 401 from all but the public routes, and no word. */
	async refuseDead(actor: Actor): Promise<void> {
		await this.changingNothing(`${actor.label} (${actor.dead})`, async () => {
			for (const route of this.routes.filter(({ permission }) => permission !== 'public')) {
				const ask = this.askOf(route);
				const types = ask.kind === 'item' ? ask.on : ask.kind === 'list' && ask.within ? [ask.within] : [];
				const rows = types.length === 0 ? [null] : this.some(actor, types, () => true, 1);
				for (const row of rows) {
					const answer = await this.send(actor, route.id, this.pathOf(route, row), { body: bodyOf(ask, row && this.asked(actor, row)), kind: row ? this.kindOf(actor, row) : 'no row' });
					this.mustAnswer(`${actor.label}: ${route.id}`, answer, { status: [401] });
				}
			}
		});
	}

	/** What must be refused: nothing of it changes a row, and it tells nothing, not even whether the row exists. */
	async refuse(actor: Actor): Promise<void> {
		await this.changingNothing(actor.label, async () => {
			for (const route of this.routes.filter(({ permission }) => permission !== 'public')) {
				const ask = this.askOf(route);
				if (this.oracle.has(actor, route.permission)) await this.refuseRows(actor, route, ask);
				else await this.refuseRoute(actor, route, ask);
			}
		});
	}

	private async refuseRoute(actor: Actor, route: AnyRoute, ask: Ask): Promise<void> {
		const types = ask.kind === 'item' ? ask.on : ask.kind === 'list' && ask.within ? [ask.within] : [];
		const rows: (Row | null)[] = types.length === 0 ? [null] : this.some(actor, types, () => true, 1);
		for (const row of rows) {
			const answer = await this.send(actor, route.id, this.pathOf(route, row), { body: bodyOf(ask, row && this.asked(actor, row)), kind: row ? this.kindOf(actor, row) : 'no row' });
			this.mustAnswer(`${actor.label}: ${route.id}`, answer, { status: [403], code: 'forbidden' });
			this.must(answer.body?.permission === route.permission, `${actor.label}: ${route.id} names ${answer.body?.permission} as what is missing`);
		}
	}

	private async refuseRows(actor: Actor, route: AnyRoute, ask: Ask): Promise<void> {
		if (ask.kind === 'own' || (ask.kind === 'list' && !ask.within)) return;
		const types = ask.kind === 'item' ? ask.on : [ask.within!];
		const elsewhere = types.map(nowhere);
		const hidden = this.some(actor, types, (row) => !this.isThere(route, ask, actor, row), 3);
		let expected: string | undefined;
		for (const row of [...elsewhere, ...hidden]) {
			const more = ask.kind === 'item' ? ask.params?.(this.asked(actor, row)) : {};
			const path = this.pathOf(route, row, more);
			const answer = await this.send(actor, route.id, path, { body: bodyOf(ask, this.asked(actor, row)), kind: this.kindOf(actor, row) });
			this.mustAnswer(`${actor.label}: ${route.id} of ${row.about} (${this.kindOf(actor, row)})`, answer, (ask.kind === 'item' && ask.hidden?.(this.asked(actor, row))) || { status: [404], code: 'not_found' });
			const shape = shapeOf(answer, [row.id, ...Object.values(more ?? {})]);
			expected ??= shape;
			// A row that is there lacks something else: an assignment.
			if (shape !== expected && !this.oracle.sees(actor, route.permission, row)) this.leaks.push(`${actor.label}: ${route.id} tells a hidden row of ${row.about} from one that does not exist: ${shape} and not ${expected}`);
		}
		if (ask.kind === 'item' && ask.changes) await this.refuseBeyondCover(actor, route, ask);
	}

	/** Rows that are there but belong to somebody who may do more. */
	private async refuseBeyondCover(actor: Actor, route: AnyRoute, ask: ItemAsk): Promise<void> {
		if (!ask.verdict) return;
		const verdict = (row: Row) => ask.verdict!(this.asked(actor, row));
		const rows = this.some(actor, ask.on, (row) => this.isThere(route, ask, actor, row) && (verdict(row).status[0] as number) >= 400);
		for (const row of rows) {
			const answer = await this.send(actor, route.id, this.pathOf(route, row, ask.params?.(this.asked(actor, row))), { body: bodyOf(ask, this.asked(actor, row)), kind: this.kindOf(actor, row), there: row });
			this.mustAnswer(`${actor.label}: ${route.id} of ${row.about}`, answer, verdict(row));
		}
	}

	async changingNothing(what: string, work: () => Promise<void>): Promise<void> {
		const { db } = this.world.app.services;
		await untilIdle(db);
		const before = await contents(db);
		await work();
		const after = await contents(db);
		const changed = Object.keys(before).filter((table) => before[table] !== after[table]);
		this.must(changed.length === 0, `${what}: refused requests changed ${changed.join(', ')}`);
	}

	/** What is there: every row by itself, and lists through all pages. */
	async read(actor: Actor): Promise<void> {
		for (const route of this.routes) {
			const ask = this.askOf(route);
			if (!this.oracle.has(actor, route.permission)) continue;
			if (ask.kind === 'item' && !ask.changes) await this.readItems(actor, route, ask);
			if (ask.kind === 'list') await this.readList(actor, route, ask);
			if (probes[route.id]?.reads) await probes[route.id]!.reads!(this, actor);
		}
	}

	private async readItems(actor: Actor, route: AnyRoute, ask: ItemAsk): Promise<void> {
		for (const row of this.some(actor, ask.on, (one) => this.isThere(route, ask, actor, one))) {
			const answer = await this.send(actor, route.id, this.pathOf(route, row, ask.params?.(this.asked(actor, row))), { allowed: this.allowedFor(route, ask, actor, [row]), kind: this.kindOf(actor, row) });
			this.mustAnswer(`${actor.label}: ${route.id} of ${row.about} (${this.kindOf(actor, row)})`, answer, ask.verdict?.(this.asked(actor, row)) ?? { status: [200] });
			// Else a matrix that is shown nothing would find no leak.
			if (showsWord.has(route.id) && row.status !== 'failed' && answer.status === 200 && !this.oracle.blind(actor, route.permission)) this.must(JSON.stringify(answer.body).includes(row.word!), `${actor.label}: ${route.id} does not show ${row.word}`);
			if (answer.status === 200 && typeof answer.body === 'object' && 'id' in answer.body) this.must(answer.body.id === row.id, `${route.id} answers ${answer.body.id} for ${row.id}`);
		}
	}

	private async readList(actor: Actor, route: AnyRoute, ask: ListAsk): Promise<void> {
		const containers = ask.within ? this.some(actor, [ask.within], (row) => this.oracle.sees(actor, route.permission, row), 2) : [null];
		for (const container of containers) {
			const path = this.pathOf(route, container);
			const isInside = (row: Row) => container === null || row.user === container.id || row.webhook === container.id;
			for (const [query, fits] of ask.queries(this.world, actor, this.oracle)) {
				const visible = this.world.rows.filter((row) => ask.of.includes(row.type) && isInside(row) && fits(row) && (route.permission === 'authenticated' || this.oracle.sees(actor, route.permission, row)));
				const refused = ask.refused?.test(query) && this.oracle.blind(actor, route.permission);
				const limits = query !== '' || !ask.pages ? [100] : visible.length > 8 ? [2] : [1, 2];
				for (const limit of limits) await this.readPages(actor, route, ask, { path, query, limit, visible, refused: refused === true });
			}
		}
	}

	private async readPages(actor: Actor, route: AnyRoute, ask: ListAsk, { path, query, limit, visible, refused }: { path: string; query: string; limit: number; visible: Row[]; refused: boolean }): Promise<void> {
		const allowed = this.allowedFor(route, ask, actor, visible);
		const seen: string[] = [];
		let cursor: string | null = null;
		do {
			const parts: string[] = [query, ...(ask.pages ? [`limit=${limit}`] : []), ...(cursor === null ? [] : [`cursor=${cursor}`])].filter(Boolean);
			const answer = await this.send(actor, route.id, `${path}${parts.length > 0 ? `?${parts.join('&')}` : ''}`, { allowed });
			const label = `${actor.label}: ${route.id}?${parts.join('&')}`;
			this.mustAnswer(label, answer, refused ? { status: [403], code: 'blind_mode' } : { status: [200] });
			if (answer.status !== 200) return;
			const ids: string[] = answer.body.items.flatMap(({ id }: { id: string | null }) => id ?? []);
			// Work that nobody asked for has tasks too; that they are of this workspace, the look at the ids has told.
			for (const what of ask.wrongIn?.(answer.body.items, { world: this.world, oracle: this.oracle, actor }) ?? []) this.leaks.push(`${label}: ${what}`);
			this.checks += 1;
			seen.push(...(route.id === 'listTasks' ? ids.filter((id) => this.world.row('task', id)) : ids));
			cursor = answer.body.nextCursor;
			const more = visible.length > seen.length;
			if (route.id !== 'listTasks') this.must((cursor !== null) === more && (!more || ids.length === limit), `${label}: ${ids.length} items, nextCursor ${cursor === null ? 'absent' : 'there'}, ${seen.length} of ${visible.length} seen`);
			if (seen.length > 500) break;
		} while (cursor !== null);
		const wanted = new Set(visible.map(({ id }) => id));
		const [missing, surplus] = [[...wanted].filter((id) => !seen.includes(id)), seen.filter((id) => !wanted.has(id))];
		this.must(missing.length === 0 && new Set(seen).size === seen.length, `${actor.label}: ${route.id}?${query} by ${limit} lacks ${missing.length} of ${visible.length} rows, or repeats some`);
		for (const id of surplus) this.leaks.push(`${actor.label}: ${route.id}?${query} by ${limit} lists ${id}, which is not there for it`);
	}

	/** A cursor is a place in a list, not a key to it: that of another list, actor or workspace shows no row more. */
	async replayCursors(): Promise<void> {
		for (const route of this.routes) {
			const ask = this.askOf(route);
			if (ask.kind !== 'list' || !ask.pages || ask.within) continue;
			const given: string[] = [];
			for (const actor of [this.world.places[1]!.admin, this.world.places[2]!.admin].filter((one) => this.oracle.has(one, route.permission))) {
				const answer = await this.send(actor, route.id, `${route.path}?limit=1`, { allowed: this.allowedFor(route, ask, actor, this.world.rows.filter((row) => ask.of.includes(row.type) && this.oracle.sees(actor, route.permission, row))) });
				if (answer.body.nextCursor) given.push(answer.body.nextCursor);
			}
			for (const actor of this.world.actors.filter((one) => this.oracle.has(one, route.permission))) {
				const visible = this.world.rows.filter((row) => ask.of.includes(row.type) && this.oracle.sees(actor, route.permission, row));
				for (const cursor of given) {
					const answer = await this.send(actor, route.id, `${route.path}?limit=100&cursor=${cursor}`, { allowed: this.allowedFor(route, ask, actor, visible) });
					this.mustAnswer(`${actor.label}: ${route.id} with the cursor of another`, answer, { status: [200] });
				}
			}
		}
	}

	/** What may be done, done: on rows that nobody needs. */
	async change(actor: Actor): Promise<void> {
		const kept = new Map<RowType, Row | null>();
		const routes = this.routes.filter((route) => this.oracle.has(actor, route.permission));
		for (const ends of [false, true]) {
			for (const route of routes) {
				const ask = this.askOf(route);
				if (!ends && probes[route.id]?.changes) await probes[route.id]!.changes!(this, actor);
				if (ask.kind !== 'item' || !ask.changes || (ask.changes === 'ends') !== ends) continue;
				const permission = route.permission === 'authenticated' ? 'sessions:revoke' : route.permission;
				if (!this.oracle.has(actor, permission)) continue;
				const type = ask.on[0]!;
				if (!kept.has(type)) kept.set(type, await freshRow(type, { world: this.world, oracle: this.oracle, actor }, permission));
				const row = kept.get(type);
				if (!row || !this.isThere(route, ask, actor, row)) continue;
				const answer = await this.send(actor, route.id, this.pathOf(route, row, ask.params?.(this.asked(actor, row))), { body: bodyOf(ask, this.asked(actor, row)), allowed: this.allowedFor(route, ask, actor, [row]), kind: this.kindOf(actor, row) });
				this.mustAnswer(`${actor.label}: ${route.id} of ${row.about} (${this.kindOf(actor, row)})`, answer, ask.verdict?.(this.asked(actor, row)) ?? { status: [200, 201, 204] });
				if (route.id === 'updateJob') row.status = 'closed';
				if (ends && answer.status < 300) {
					this.forget(row);
					kept.delete(type);
					// One erasure takes the CV, the other needs one of its own.
					kept.delete('cv');
				}
			}
		}
	}

	private forget(row: Row): void {
		const gone = (other: Row) => other === row || (row.type !== 'document' && row.candidate !== undefined && other.candidate === row.candidate) || (row.type === 'job' && other.job === row.id) || (row.type === 'invitation' && other.id === row.user);
		for (let at = this.world.rows.length - 1; at >= 0; at -= 1) if (gone(this.world.rows[at]!)) this.world.rows.splice(at, 1);
	}

	/** Public routes, without a token: they know nobody. */
	async askPublic(): Promise<void> {
		const nobody: Actor = { label: 'nobody', type: 'client', workspace: 1, id: 'nobody', roles: [], scope: null, dead: 'no token', sessionId: null, call: (method, path, body, headers) => request(this.world.app.url, method, path, body, headers) };
		for (const route of this.routes.filter(({ permission }) => permission === 'public')) {
			const ask = this.askOf(route);
			const answer = await this.send(nobody, route.id, route.path, { body: ask.kind === 'own' ? ask.body : undefined });
			this.must(answer.status < 500, `${route.id} answers ${answer.status}`);
		}
		for (const path of ['/openapi.json', '/docs', '/account']) {
			const answer = await nobody.call('GET', path);
			this.must(answer.status === 200, `${path} answers ${answer.status}`);
			this.look(path, nobody, answer, path, nothing);
		}
	}

	/** Events went to the webhooks of their workspace only, and say ids. */
	lookAtDeliveries(): void {
		for (const workspace of [1, 2]) this.must(this.world.received.some(({ body }) => body.includes(this.world.places[workspace]!.id)), `no event of workspace ${workspace} arrived`);
		for (const { path, body } of this.world.received) {
			const webhook = this.world.tokens.get(path.slice(1).toLowerCase());
			if (webhook === undefined) continue;
			const { workspace } = webhook;
			const event = JSON.parse(body);
			this.must(event.workspaceId === this.world.places[workspace]!.id, `an event of ${event.workspaceId} went to workspace ${workspace}`);
			const about = new Set([...this.world.tokens.values()].filter((token) => token.workspace === workspace && token.kind === 'id').map((token) => token.about));
			const receiver: Actor = { ...this.world.places[workspace]!.base, label: `webhook ${path}` };
			const text = body.replaceAll(planted, (word) => (this.world.tokens.get(word.toLowerCase())?.kind === 'content' ? `leaked ${word}` : word));
			this.must(!text.includes('leaked'), `${path} got somebody's words: ${body}`);
			this.scan(`webhook ${path}`, receiver, body, '', { about, blind: true });
		}
	}

	/** Pairs of a route and an actor of which nothing was asked. */
	unasked(): string[] {
		return this.routes.filter(({ permission }) => permission !== 'public').flatMap(({ id }) => this.world.actors.flatMap(({ label }) => ([...(this.cells.get(id) ?? [])].some((cell) => cell.startsWith(`${label} `)) ? [] : [`${id} by ${label}`])));
	}

	report(): string {
		const table = [
			['routes', this.routes.length], ['actors', this.world.actors.length], ['cells (route × actor × kind of row)', [...this.cells.values()].reduce((sum, { size }) => sum + size, 0)],
			['requests', this.requests], ...[...this.counts].map(([kind, count]) => [`  on: ${kind}`, count]), ['checks', this.checks], ['wrong answers', this.wrong.length], ['leaks', this.leaks.length],
		] as const;
		return table.map(([name, value]) => `${String(name).padEnd(40)} ${String(value).padStart(8)}`).join('\n');
	}

	/** Since the last time it was asked; the report counts all. */
	expectClean(): void {
		const [leaks, wrong] = [this.leaks.slice(this.told.leaks), this.wrong.slice(this.told.wrong)];
		this.told = { leaks: this.leaks.length, wrong: this.wrong.length };
		const shown = (list: string[]) => [`${list.length} of them`, ...list.slice(0, 40).map((text) => text.slice(0, 400))].join('\n');
		if (leaks.length + wrong.length > 0) throw new Error(`The matrix found leaks: ${shown(leaks)}\nand wrong answers: ${shown(wrong)}`);
	}
}

function bodyOf(ask: Ask, asked: Asked | null): unknown {
	if (ask.kind === 'own') return ask.body;
	return ask.kind === 'item' && asked !== null ? ask.body?.(asked) : undefined;
}

/** An answer without what is different in each: who asks learns from the rest. */
export function shapeOf(answer: Answer, ids: string[]): string {
	const { requestId: _requestId, ...body } = answer.body ?? {};
	const headers = [...answer.headers].filter(([name]) => !ownHeaders.has(name)).sort();
	return ids.reduce((text, id) => text.replaceAll(id, '<id>'), JSON.stringify([answer.status, body, headers]));
}
