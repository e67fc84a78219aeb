/** Time worked, in months, computed by code from partial dates; relative to the CV's own date, never to today. */

export interface Stretch {
  start: string;
  /** null: until `asOf` */
  end: string | null;
}

/** Months of several stretches, overlaps counted once. 0 where nothing can be told. */
export function monthsOf(stretches: readonly Stretch[], asOf: string | null): number {
  const intervals = stretches
    .flatMap((stretch) => {
      const interval = intervalOf(stretch, asOf);
      return interval ? [interval] : [];
    })
    .sort((a, b) => a[0] - b[0]);
  let total = 0;
  let reached = -Infinity;
  for (const [from, to] of intervals) {
    total += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return total;
}

/**
 * Half-open, in months since year 0. A month counts whole ("03/2022 – 05/2022" is three months); bare years count from
 * January to January, so that "2018 – 2021" and "2021 – 2023" neither overlap nor leave a hole, and one year is a year.
 */
function intervalOf(stretch: Stretch, asOf: string | null): [number, number] | null {
  const end = stretch.end ?? asOf;
  if (end === null) return null;
  const from = monthIndex(stretch.start);
  const sameYear = end.length === 4 && end === stretch.start.slice(0, 4);
  const to = end.length === 4 ? monthIndex(end) + (sameYear ? 12 : stretch.start.length === 4 ? 0 : 6) : monthIndex(end) + 1;
  return to > from ? [from, to] : null;
}

const monthIndex = (date: string): number => Number(date.slice(0, 4)) * 12 + (date.length >= 7 ? Number(date.slice(5, 7)) - 1 : 0);

/** YYYY-MM of a partial date; a bare year is its last month, but never later than `asOf`. */
export function lastMonth(date: string, asOf: string | null): string {
  const month = date.length >= 7 ? date.slice(0, 7) : `${date}-12`;
  return asOf !== null && month > asOf.slice(0, 7) ? asOf.slice(0, 7) : month;
}
