/**
 * Ranks the labelled CVs of gold-cvs-dev for its jobs, through the whole pipeline (bytes → text → extraction → score),
 * next to BM25 of the job's text on the CV's text.
 *
 *   node sidecar/scripts/quality-matching.ts [--data ../shared/data] [--no-titles] [--job PART] [--json FILE]
 *
 * --no-titles leaves the jobs' titles to the analysis; --job prints the ranking of the jobs whose id has PART.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { extractCv } from '../src/cvs/extract/extractCv.ts';
import { closeDocumentWorkers, readDocument } from '../src/documents/readDocument.ts';
import { inBoxSpace } from '../src/language/inBoxEmbedder.ts';
import { taxonomyRevision } from '../src/language/taxonomy.ts';
import { analyseJob } from '../src/matching/analyseJob/analyseJob.ts';
import type { ScorableCandidate } from '../src/matching/score/candidate.ts';
import { defaultMatcherConfig, matchingEngineVersion } from '../src/matching/score/config.ts';
import { scorePair } from '../src/matching/score/scorePair.ts';
import type { MatchResult } from '../src/matching/types.ts';
import { bars, holdBars, needData } from './quality/bars.ts';
import { bm25, ndcg } from './quality/ranking.ts';

interface GoldJob {
  id: string;
  lang: string;
  title: string;
  text: string;
}

interface GoldCv extends ScorableCandidate {
  id: string;
  lang: string;
  variant: string;
}

interface Ranked {
  cv: GoldCv;
  grade: number;
  result: MatchResult;
}

const depth = 10;
const { values: options } = parseArgs({
  options: { data: { type: 'string', default: '../shared/data' }, 'no-titles': { type: 'boolean', default: false }, job: { type: 'string' }, json: { type: 'string' } },
});
const folder = join(resolve(options.data), 'gold-cvs-dev');
needData(folder);

const cvs = await readCvs();
closeDocumentWorkers();
const jobs = readLines<GoldJob>('jobs.jsonl');
const grades = readGrades();
const lexical = bm25(cvs.map((cv) => cv.text));

console.log(`gold-cvs-dev: ${jobs.length} jobs × ${cvs.length} CVs; titles ${options['no-titles'] ? 'from the text' : 'given'}`);
console.log(`engine ${matchingEngineVersion}, space ${inBoxSpace.id}, taxonomy ${taxonomyRevision}, Node ${process.version}`);
console.log(`config ${JSON.stringify(defaultMatcherConfig)}\n`);

const started = performance.now();
const rows = jobs.map((job) => {
  const analysis = analyseJob(job.text, options['no-titles'] ? {} : { title: job.title });
  const gradeOf = (cv: GoldCv) => grades.get(`${job.id} ${cv.id}`) ?? 0;
  const all = cvs.map(gradeOf);
  const ranked: Ranked[] = cvs.map((cv) => ({ cv, grade: gradeOf(cv), result: scorePair(analysis, cv, defaultMatcherConfig) })).sort((a, b) => b.result.score - a.result.score || byId(a.cv, b.cv));
  const words = lexical(job.text);
  const reference = cvs.map((cv, i) => ({ cv, score: words[i]! })).sort((a, b) => b.score - a.score || byId(a.cv, b.cv));
  const foreign = (list: { cv: GoldCv }[]) => list.filter(({ cv }) => cv.lang !== job.lang).map(({ cv }) => gradeOf(cv));
  return {
    job,
    ranked,
    matcher: ndcg(ranked.map((entry) => entry.grade), all, depth),
    bm25: ndcg(reference.map(({ cv }) => gradeOf(cv)), all, depth),
    crossLanguage: ndcg(foreign(ranked), foreign(ranked), depth),
    stuffedRank: ranked.findIndex(({ cv }) => cv.variant === 'stuffed' && cv.id.startsWith(archetype(job))) + 1,
  };
});
const elapsed = performance.now() - started;

print('nDCG@10', rows, (row) => row.job.id);
print('by language of the job', rows, (row) => row.job.lang);
printPersonas();
for (const row of rows.filter(({ job }) => options.job && job.id.includes(options.job))) printRanking(row);
console.log(`\n${jobs.length * cvs.length} pairs in ${Math.round(elapsed)} ms (job analysis included)`);
const mean = average(rows.map((row) => row.matcher));
const reference = average(rows.map((row) => row.bm25));
console.log(`nDCG@10: matcher ${mean.toFixed(4)}, cross-language pairs ${average(rows.map((row) => row.crossLanguage)).toFixed(4)}, BM25 ${reference.toFixed(4)}`);
holdBars([{ name: 'nDCG@10', value: mean, bar: bars.matching.ndcgAt10 }, { name: 'nDCG@10 above BM25', value: mean - reference, bar: bars.matching.aboveBm25 }]);
if (options.json) writeFileSync(options.json, JSON.stringify({ mean, rows: rows.map(({ job, matcher, bm25: reference }) => ({ job: job.id, matcher, bm25: reference })) }, null, 2));

async function readCvs(): Promise<GoldCv[]> {
  const [header, ...lines] = readFileSync(join(folder, 'manifest.csv'), 'utf8').trim().split('\n');
  const column = (line: string, name: string) => line.split(',')[header!.split(',').indexOf(name)]!;
  const read: GoldCv[] = [];
  for (const line of lines) {
    const id = column(line, 'id');
    const name = `${id}.${column(line, 'format')}`;
    const document = await readDocument(readFileSync(join(folder, 'cvs', name)), { fileName: name });
    const { profile, facts, evidence } = extractCv(document);
    read.push({ id, lang: column(line, 'lang'), variant: column(line, 'variant'), profile, facts, evidence, text: document.text, pages: document.pages });
  }
  return read;
}

function readLines<T>(file: string): T[] {
  return readFileSync(join(folder, file), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as T);
}

function readGrades(): Map<string, number> {
  const lines = readFileSync(join(folder, 'qrels.tsv'), 'utf8').trim().split('\n').map((line) => line.split('\t'));
  return new Map(lines.map(([job, , cv, grade]) => [`${job} ${cv}`, Number(grade)]));
}

function byId(a: GoldCv, b: GoldCv): number {
  return a.id < b.id ? -1 : 1;
}

function archetype(job: GoldJob): string {
  return job.id.replace(/^job-/, '').replace(/-[a-z]{2}$/, '');
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function print(title: string, all: typeof rows, keyOf: (row: (typeof rows)[number]) => string): void {
  console.log(`${title.padEnd(34)} matcher   cross    BM25`);
  for (const key of [...new Set(all.map(keyOf))]) {
    const group = all.filter((row) => keyOf(row) === key);
    const cells = (['matcher', 'crossLanguage', 'bm25'] as const).map((name) => average(group.map((row) => row[name])).toFixed(3).padStart(7));
    console.log(`  ${key.padEnd(32)} ${cells.join(' ')}`);
  }
  console.log();
}

/** Where each persona of the job's own profession stands on average: strong first, stuffed and adjacent behind. */
function printPersonas(): void {
  console.log('mean rank and score by persona (CVs of the job\'s own profession)');
  for (const variant of ['strong', 'good', 'missing', 'junior', 'adjacent', 'stuffed']) {
    const places = rows.flatMap(({ job, ranked }) => ranked.flatMap(({ cv, result }, i) => (cv.variant === variant && cv.id.startsWith(archetype(job)) ? [{ rank: i + 1, score: result.score }] : [])));
    console.log(`  ${variant.padEnd(10)} rank ${average(places.map((place) => place.rank)).toFixed(1).padStart(5)}   score ${average(places.map((place) => place.score)).toFixed(3)}`);
  }
}

function printRanking({ job, ranked }: (typeof rows)[number]): void {
  console.log(`\n${job.id}: ${job.title}`);
  for (const { cv, grade, result } of ranked.slice(0, 12)) {
    console.log(`  ${result.score.toFixed(3)} grade ${grade} ${cv.id} (${cv.variant}): ${result.summary}`);
    for (const { criterion, score, weight, facts } of result.criteria) {
      if (facts.length) console.log(`      ${criterion.padEnd(12)} ${score?.toFixed(2) ?? '   –'} × ${weight.toFixed(2)}  ${facts.map((fact) => fact.text).join(' | ')}`);
    }
  }
}
