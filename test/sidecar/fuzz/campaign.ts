/**
 * Rounds of requests. In each round those that must be refused by what they are come first, between two looks at all
 * rows; then all others; then those of the others that were refused, again and alone, between two looks.
 */
import * as fc from 'fast-check';
import type { Database } from '../../../sidecar/src/platform/db/database.ts';
import type { AnyRoute } from '../../../sidecar/src/platform/route.ts';
import { contents, untilIdle } from '../../support/rows.ts';
import { anyRequest, requestTo } from './generate.ts';
import type { Around } from './generate.ts';
import type { Judge } from './judge.ts';
import { curl, send } from './requests.ts';
import type { FuzzAnswer, FuzzRequest, Target } from './requests.ts';

export interface Campaign {
	target: Target;
	routes: AnyRoute[];
	judge: Judge;
	db: Database;
	seed: number;
	/** requests in all */
	requests: number;
	/** in a round */
	roundRequests?: number;
	/** before each round: callers that can call, rows that are there */
	prepare(): Promise<Around>;
	/** gives a caller whose token has died another one; not while rows are compared */
	revive(caller: string): Promise<void>;
	/** after each round, with what was answered to whom; @returns what is wrong with it */
	review(answered: { request: FuzzRequest; answer: FuzzAnswer }[]): Promise<string[]>;
}

export interface Report {
	requests: number;
	/** sent between two looks at the rows */
	watched: number;
	/** by status of the answer */
	statuses: Map<number, number>;
	/** by route: answers below 400, answers of 400 and more */
	routes: Map<string, [number, number]>;
	slowestMs: number;
}

/** Tables that a refusal may write to. Limits of rate stand in memory or in Redis. */
const ofRefusals = new Set(['audit_log', 'login_attempts']);
const batchSize = 24;

/** @throws Error that tells what is wrong, with the smallest request that shows it as a line of curl, and the seed */
export async function runCampaign(campaign: Campaign): Promise<Report> {
	const report: Report = { requests: 0, watched: 0, statuses: new Map(), routes: new Map(), slowestMs: 0 };
	for (let round = 0; report.requests < campaign.requests; round += 1) await runRound(campaign, round, report);
	return report;
}

async function runRound(campaign: Campaign, round: number, report: Report): Promise<void> {
	const { target, db, judge, roundRequests = 600 } = campaign;
	const around = await campaign.prepare();
	const answered: { request: FuzzRequest; answer: FuzzAnswer }[] = [];

	const ask = async (request: FuzzRequest): Promise<FuzzAnswer> => {
		const answer = await send(target, request).catch((error: Error) => {
			// Each try of the shrinking would wait as long.
			target.patienceMs = Math.min(target.patienceMs, 1_000);
			throw new Error(`${error.message}\n  ${curl(request, target)}`);
		});
		note(report, request, answer);
		answered.push({ request, answer });
		const wrong = judge(request, answer);
		if (wrong.length > 0) throw new Error(`${wrong.join('; ')}\n  ${curl(request, target)}`);
		return answer;
	};

	const batches = fc.array(anyRequest(campaign.routes, around), { minLength: 1, maxLength: batchSize, size: 'max' });
	const numRuns = Math.ceil(roundRequests / (batchSize / 2));
	const every = async (chosen: (request: FuzzRequest) => boolean): Promise<void> => {
		await check(batches, numRuns, chosen);
		// However few the requests are, each route is among them.
		if (round === 0) for (const route of campaign.routes) await check(fc.array(requestTo(route, around), { minLength: 1, maxLength: 4 }), 1, chosen);
	};
	const check = async (some: fc.Arbitrary<FuzzRequest[]>, runs: number, chosen: (request: FuzzRequest) => boolean): Promise<void> => {
		await fc.assert(fc.asyncProperty(some, async (batch) => {
			const asked = batch.filter(chosen);
			const answers = await Promise.all(asked.map(ask));
			const dead = new Set(asked.filter((request, index) => !request.refused && answers[index]?.status === 401).map(({ caller }) => caller));
			for (const caller of dead) await campaign.revive(caller);
		}), { seed: campaign.seed + round, numRuns: runs });
	};

	const mustBeRefused: FuzzRequest[] = [];
	await watched(campaign, 'must be refused', mustBeRefused, ask, report, () => every((request) => request.refused && mustBeRefused.push(request) > 0));
	const from = answered.length;
	await every((request) => !request.refused);
	const wereRefused = answered.slice(from).filter(({ answer }) => answer.status >= 400).map(({ request }) => request);
	await untilIdle(db);
	let again = wereRefused;
	// What others did meanwhile may let one through now: it is left out, and the rest is sent again.
	for (let tries = 0; tries < 3; tries += 1) {
		const accepted: FuzzRequest[] = [];
		for (const caller of target.callers.keys()) await campaign.revive(caller);
		await untilIdle(db);
		const before = await rows(db);
		await inTurns(again, async (request) => {
			if ((await ask(request)).status < 400) accepted.push(request);
		});
		await untilIdle(db);
		const changed = differences(before, await rows(db));
		report.watched += again.length;
		if (accepted.length === 0 && changed.length > 0) await accuse(campaign, 'were refused', again, changed);
		if (accepted.length === 0) break;
		again = again.filter((request) => !accepted.includes(request));
	}
	const wrong = await campaign.review(answered);
	if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\nseed ${campaign.seed + round}`);
}

async function watched(campaign: Campaign, what: string, sent: FuzzRequest[], ask: (request: FuzzRequest) => Promise<unknown>, report: Report, work: () => Promise<void>): Promise<void> {
	await untilIdle(campaign.db);
	const before = await rows(campaign.db);
	await work();
	await untilIdle(campaign.db);
	const changed = differences(before, await rows(campaign.db));
	report.watched += sent.length;
	if (changed.length > 0) await accuse(campaign, what, sent, changed);
}

async function rows(db: Database): Promise<Record<string, string>> {
	return Object.fromEntries(Object.entries(await contents(db)).filter(([table]) => !ofRefusals.has(table)));
}

const differences = (before: Record<string, string>, after: Record<string, string>): string[] =>
	Object.keys({ ...before, ...after }).filter((table) => before[table] !== after[table]).map((table) => `${table}: ${before[table]} → ${after[table]}`);

/** Finds the request that writes by halving the list. @throws always */
async function accuse({ target, db }: Campaign, what: string, list: FuzzRequest[], changed: string[]): Promise<never> {
	const writes = async (part: FuzzRequest[]): Promise<boolean> => {
		const before = await rows(db);
		await inTurns(part, (request) => send(target, request).catch(() => undefined));
		await untilIdle(db);
		return differences(before, await rows(db)).length > 0;
	};
	let suspects = list;
	while (suspects.length > 1) {
		const half = suspects.slice(0, Math.ceil(suspects.length / 2));
		const other = suspects.slice(half.length);
		if (await writes(half)) suspects = half;
		else if (await writes(other)) suspects = other;
		else break;
	}
	const culprits = suspects.length > 5 ? [`one of ${suspects.length}, sent first only; their routes: ${[...new Set(suspects.map(({ routeId }) => routeId))].join(', ')}`] : suspects.map((request) => curl(request, target));
	throw new Error(`Requests that ${what} wrote rows (${changed.join(', ')}):\n  ${culprits.join('\n  ')}`);
}

async function inTurns<Item>(list: Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
	for (let at = 0; at < list.length; at += batchSize) await Promise.all(list.slice(at, at + batchSize).map(work));
}

function note(report: Report, request: FuzzRequest, answer: FuzzAnswer): void {
	report.requests += 1;
	report.statuses.set(answer.status, (report.statuses.get(answer.status) ?? 0) + 1);
	report.slowestMs = Math.max(report.slowestMs, answer.ms);
	if (request.routeId === null) return;
	const [taken, refused] = report.routes.get(request.routeId) ?? [0, 0];
	report.routes.set(request.routeId, answer.status < 400 ? [taken + 1, refused] : [taken, refused + 1]);
}
