/**
 * How the time of an operation grows with its input, as an exponent: 1 is linear, 2 quadratic. Measured between inputs
 * of n/4 and n beside a loop of a turn per character, whose work is linear. Whatever else the machine does
 * only adds time, so the shortest of several runs counts; short work is repeated until it takes as long as the loop.
 */
export function growthExponent<T>(run: (input: T) => unknown, inputOf: (length: number) => T, length: number): number {
	const [small, large] = [inputOf(length / 4), inputOf(length)];
	const reference = shortest(() => linear(length / 4), 3);
	const times = Math.min(100, Math.ceil(reference / shortest(() => run(small), 3)));
	const repeated = (input: T) => () => {
		for (let time = 0; time < times; time++) run(input);
	};
	const best = { small: Infinity, large: Infinity, linearSmall: Infinity, linearLarge: Infinity };
	let exponent = Infinity;
	for (let round = 1; round <= 12 && (round <= 2 || exponent >= superlinear); round++) {
		best.small = Math.min(best.small, shortest(repeated(small), 2));
		best.large = Math.min(best.large, shortest(repeated(large), 1));
		best.linearSmall = Math.min(best.linearSmall, shortest(() => linear(length / 4), 2));
		best.linearLarge = Math.min(best.linearLarge, shortest(() => linear(length), 1));
		exponent = 1 + Math.log(best.large / best.small / (best.linearLarge / best.linearSmall)) / Math.log(4);
		// Far beyond linear no noise is at work, and the runs are long.
		if (exponent > 1.8 && round >= 4) break;
	}
	return exponent;
}

/** From here on growth counts as more than linear: halfway between linear and quadratic. */
export const superlinear = 1.5;

/** Kept, so that no compiler leaves out the loop. */
let sum = 0;

function linear(length: number): void {
	for (let at = 0; at < 20 * length; at++) sum = (sum * 31 + at) | 0;
}

function shortest(work: () => unknown, runs: number): number {
	let best = Infinity;
	for (let run = 0; run < runs; run++) {
		const before = performance.now();
		work();
		best = Math.min(best, performance.now() - before);
	}
	return best;
}
