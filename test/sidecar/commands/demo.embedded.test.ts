/** Must show 1: the demo as a newcomer runs it, from its files to its JSON. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = new URL('../../../', import.meta.url);
const expected = JSON.parse(readFileSync(new URL('examples/expected.json', repository), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'talentmatch-demo-'));
let shown: any;

beforeAll(async () => {
	const { stdout } = await promisify(execFile)(process.execPath, [new URL('scripts/demo.mjs', repository).pathname, '--once', '--json', '--folder', folder], { maxBuffer: 64 * 1024 * 1024 });
	shown = JSON.parse(stdout);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(expected.jobs as { job: string; top: string[] }[])('ranks $job as written down before the scoring existed', ({ job, top }) => {
	const ranking = shown.rankings.find((one: any) => one.job === job);
	expect(ranking.items.slice(0, top.length).map(({ file }: any) => file)).toEqual(top);
});

test('gives every candidate reasons, and each of the first six a quote', () => {
	for (const { items } of shown.rankings) {
		expect(items.length).toBeGreaterThan(10);
		for (const item of items) expect(item.reasons.length).toBeGreaterThan(0);
		for (const item of items.slice(0, 6)) expect(item.reasons.flatMap(({ quotes }: any) => quotes).length).toBeGreaterThan(0);
	}
});

test('answers the French question with a citation of the right CV', () => {
	const [{ cites, passageWords }] = expected.questions;
	const [answer] = shown.answers;
	expect(answer).toMatchObject({ abstained: false, language: 'fr' });
	expect(answer.citations[0].title).toBe(cites);
	for (const word of passageWords) expect(answer.citations.map(({ quote }: any) => quote).join(' ')).toContain(word);
});
