import { request } from '../../support/app.ts';

/** @returns ms after which a request counts as hanging: many times what a plain one takes here and now, under load */
export async function patienceFor(url: string): Promise<number> {
	const durations: number[] = [];
	for (let round = 0; round < 5; round += 1) {
		await Promise.all(Array.from({ length: 24 }, async () => {
			const startedAt = performance.now();
			await request(url, 'GET', '/v1/me');
			durations.push(performance.now() - startedAt);
		}));
	}
	return 500 * (durations.sort((a, b) => a - b)[durations.length >> 1] as number);
}
