import fc from 'fast-check';

export const silent = { warn: () => {}, info: () => {} };

/** A quota, and requests at times that crowd around its interval and its window, where mistakes of rounding would show. */
export function requestsOverTime() {
	return fc.record({ limit: fc.integer({ min: 1, max: 40 }), windowSeconds: fc.integer({ min: 60, max: 3600 }) }).chain((quota) => {
		const window = quota.windowSeconds * 1e6;
		const interval = Math.floor(window / quota.limit);
		const pause = fc.oneof(
			{ weight: 5, arbitrary: fc.constantFrom(0, 1) },
			{ weight: 3, arbitrary: fc.constantFrom(interval - 1, interval, interval + 1) },
			{ weight: 1, arbitrary: fc.integer({ min: 0, max: window + 1 }) },
		);
		const request = fc.record({ afterMicros: pause, cost: fc.integer({ min: 1, max: Math.min(3, quota.limit) }) });
		return fc.record({ quota: fc.constant(quota), requests: fc.array(request, { minLength: 1, maxLength: 80 }) });
	});
}
