/** The committed examples as a talent pool in a workspace of their own. */
import { readdirSync } from 'node:fs';
import { example } from '../../support/app.ts';
import type { Caller } from '../../support/app.ts';

export const cvFiles = readdirSync(new URL('../../../examples/cvs/', import.meta.url)).sort();
export const expected = JSON.parse(example('expected.json').toString());

export interface Person {
	candidateId: string;
	cvId: string;
}

export interface Pool {
	/** by the name of the committed file, whatever it was called when it was uploaded */
	people: Map<string, Person>;
	fileOf(candidateId: string): string;
}

export interface UploadedFile {
	file: string;
	body: object;
}

export const asCommitted = (): UploadedFile[] => cvFiles.map((file) => ({ file, body: { fileName: file, contentBase64: example(`cvs/${file}`).toString('base64') } }));

/** Uploads one after the other, in the order given. */
export async function fillPool(caller: Caller, files: UploadedFile[]): Promise<Pool> {
	const people = new Map<string, Person>();
	for (const { file, body } of files) {
		const answer = await caller.call('POST', '/v1/cvs?wait=30', body);
		if (answer.body.status !== 'succeeded') throw new Error(`${file} was not analysed: ${answer.status} ${JSON.stringify(answer.body)}`);
		people.set(file, { candidateId: answer.body.result.candidateId, cvId: answer.body.result.cvId });
	}
	const files_ = new Map([...people].map(([file, { candidateId }]) => [candidateId, file]));
	return { people, fileOf: (candidateId) => files_.get(candidateId) ?? `unknown ${candidateId}` };
}

export async function createJob(caller: Caller, file: string): Promise<any> {
	const answer = await caller.call('POST', '/v1/jobs', { text: example(`jobs/${file}`).toString() });
	if (answer.status !== 201) throw new Error(`${file}: ${JSON.stringify(answer.body)}`);
	return answer.body;
}

export async function rank(caller: Caller, body: object): Promise<any> {
	const answer = await caller.call('POST', '/v1/matches', { limit: 100, ...body });
	if (answer.status !== 200) throw new Error(`ranking: ${answer.status} ${JSON.stringify(answer.body)}`);
	return answer.body;
}

/** Score of each person for a job, best first. */
export async function scores(caller: Caller, pool: Pool, jobId: string): Promise<[string, number][]> {
	const ranking = await rank(caller, { jobId });
	return ranking.items.map(({ candidateId, score }: { candidateId: string; score: number }) => [pool.fileOf(candidateId), score]);
}
