/** A process of its own that takes from a quota as fast as it can. Arguments: Redis URL, takes, limit. Prints how many were allowed. */
import { createRateLimiter } from '../../../sidecar/src/platform/rateLimit/rateLimiter.ts';

const [redisUrl = '', takes, limit] = process.argv.slice(2);
let lost = 0;
const log = { warn: () => void lost++, info: () => {} };
// A busy machine must not make it limit on its own: what is tested is the agreement.
const limiter = createRateLimiter({ redisUrl, prefix: 'shared', log, waitMs: 30_000 });
process.send?.('started');
process.once('message', async () => {
	const decisions = await Promise.all(Array.from({ length: Number(takes) }, () => limiter.take('key', { limit: Number(limit), windowSeconds: 86_400 })));
	process.send?.({ allowed: decisions.filter(({ allowed }) => allowed).length, lost });
	await limiter.close();
	process.disconnect();
});
