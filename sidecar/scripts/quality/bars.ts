import { existsSync, readFileSync } from 'node:fs';

/** What a quality script must reach; raised by hand when a better figure is there to stay. */
export const bars = JSON.parse(readFileSync(new URL('./bars.json', import.meta.url), 'utf8')) as {
  matching: { ndcgAt10: number; aboveBm25: number };
  cv: { microF1PerLanguage: number };
};

/** Prints each figure beside its bar. Sets exit code 1 when one is below. */
export function holdBars(figures: { name: string; value: number; bar: number }[]): void {
  for (const { name, value, bar } of figures) {
    const held = value >= bar;
    console.log(`${held ? 'ok    ' : 'BELOW '} ${name}: ${value.toFixed(3)} (bar ${bar})`);
    if (!held) process.exitCode = 1;
  }
}

/** The data is not part of the project: says what is missing and ends with exit code 2. */
export function needData(folder: string): void {
  if (existsSync(folder)) return;
  console.error(`The test data is not at ${folder}. Give its folder with --data DIR.`);
  process.exit(2);
}
