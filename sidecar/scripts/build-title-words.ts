/**
 * Writes src/cvs/extract/vocabulary/titleHeads.<language>.json: the words that head an occupation label in ESCO
 * ("developer", "infermiere"), so that a job title can be told from an employer.
 *
 * A word counts as a head where it stands last (en, de, nl) or first (fr, es, it, pt) in at least half of the labels that
 * hold it and in at least three labels. Source: ESCO occupations (reuse with attribution, see NOTICE).
 *
 * Usage: node scripts/build-title-words.ts [--data ../../shared/data]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fold } from '../src/cvs/extract/fold.ts';

const languages = ['en', 'fr', 'de', 'es', 'it', 'pt', 'nl'] as const;
const headLast = new Set(['en', 'de', 'nl']);
const dataIndex = process.argv.indexOf('--data');
const dataFolder = dataIndex > 0 ? process.argv[dataIndex + 1]! : join(import.meta.dirname, '../../../shared/data');

for (const language of languages) {
  const file = join(dataFolder, 'esco', `occupations_${language}.csv`);
  if (!existsSync(file)) {
    console.error(`ESCO file missing: ${file}`);
    process.exitCode = 1;
    continue;
  }
  const heads = new Map<string, number>();
  const totals = new Map<string, number>();
  for (const label of labelsOf(readFileSync(file, 'utf8'))) {
    // what follows a comma, bracket or preposition is a complement, not the head
    const core = label.split(/[,(–]| - | (?:of|for|in|für|im|in der|van|voor|bij) /)[0]!;
    const words = core.split(/[\s/-]+/).map((word) => fold(word)).filter((word) => /^\p{L}{3,}$/u.test(word));
    for (const word of new Set(label.split(/[\s/,()-]+/).map((part) => fold(part)))) totals.set(word, (totals.get(word) ?? 0) + 1);
    const head = headLast.has(language) ? words.at(-1) : words[0];
    if (head) heads.set(head, (heads.get(head) ?? 0) + 1);
  }
  const kept = [...heads].filter(([word, count]) => count >= 3 && count / (totals.get(word) ?? count) >= 0.5).map(([word]) => word).sort();
  writeFileSync(join(import.meta.dirname, `../src/cvs/extract/vocabulary/titleHeads.${language}.json`), JSON.stringify(kept).replace(/","/g, '",\n"') + '\n');
  console.log(`${language}: ${kept.length} head words`);
}

/** Labels of the CSV: preferred label (masculine/feminine split at "/") and one alternative a line. */
function labelsOf(csv: string): string[] {
  const labels: string[] = [];
  const row = /^Occupation,[^,]+,("(?:[^"]|"")*"|[^,\n]*),("(?:[^"]|"")*"|[^\n]*)$/gm;
  for (const [, preferred = '', alternatives = ''] of csv.matchAll(row)) {
    const unquoted = [preferred, alternatives].map((cell) => cell.replace(/^"|"$/g, '').replaceAll('""', '"'));
    labels.push(...unquoted[0]!.split('/'), ...unquoted[1]!.split('\n'));
  }
  return labels.map((label) => label.trim()).filter((label) => label !== '');
}
