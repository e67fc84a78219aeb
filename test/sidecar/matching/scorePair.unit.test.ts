import { describe, expect, it } from 'vitest';
import { analyseJob } from '../../../sidecar/src/matching/analyseJob/analyseJob.ts';
import { defaultMatcherConfig } from '../../../sidecar/src/matching/score/config.ts';
import { factLanguages, renderFact } from '../../../sidecar/src/matching/score/renderFact.ts';
import type { ScorableCandidate } from '../../../sidecar/src/matching/score/candidate.ts';
import { scorePair } from '../../../sidecar/src/matching/score/scorePair.ts';
import { matchResultSchema } from '../../../sidecar/src/matching/types.ts';
import type { JobAnalysis, MatchResult } from '../../../sidecar/src/matching/types.ts';
import { candidate } from './fixtures.ts';
import type { CandidateInput } from './fixtures.ts';

const job = analyseJob(`Backend developer

What you need
- At least four years of experience
- Java or Kotlin
- PostgreSQL
- English C1
- Bachelor's degree in computer science
- Driving licence B

Nice to have
- Docker`, { language: 'en' });

const strong: CandidateInput = {
  work: [
    { title: 'Backend developer', months: 60, end: '2026-10', skills: { 'skill/java': 'Java', 'skill/postgresql': 'PostgreSQL', 'skill/docker': 'Docker' } },
    { title: 'Software developer', months: 24, end: '2021-10', skills: { 'skill/kotlin': 'Kotlin' } },
  ],
  languages: [['en', 'C2'], ['fr', 'native']],
  education: { level: 'master', studyType: 'Master of Science', area: 'Computer Science' },
  licences: ['B'],
};

const score = (input: CandidateInput, of: JobAnalysis = job) => scorePair(of, candidate(input), defaultMatcherConfig);
const must = (result: MatchResult, kind: string, of: JobAnalysis = job) => {
  const requirement = of.requirements.find((entry) => entry.kind === kind)!;
  return result.mustHaves.find((entry) => entry.requirementId === requirement.id)!;
};
const facts = (result: MatchResult) => result.criteria.flatMap((criterion) => criterion.facts);

describe('the score of a pair', () => {
  it('is valid, near 1 for a candidate who shows everything, and all must-haves are met', () => {
    const result = score(strong);
    expect(() => matchResultSchema.parse(result)).not.toThrow();
    expect(result.mustHaves.map((entry) => entry.status)).toEqual(result.mustHaves.map(() => 'met'));
    expect(result.score).toBeGreaterThan(0.85);
    expect(result.criteria.reduce((sum, criterion) => sum + criterion.weight, 0)).toBeCloseTo(1, 5);
  });

  it('quotes the CV exactly, in every fact and must-have', () => {
    const read = candidate(strong);
    const result = scorePair(job, read, defaultMatcherConfig);
    const quotes = [...facts(result), ...result.mustHaves].flatMap((entry) => entry.quotes);
    expect(quotes.length).toBeGreaterThan(6);
    for (const quote of quotes) expect(read.text.slice(quote.start, quote.end)).toBe(quote.quote);
  });

  it('puts a CV that only lists the words behind one that shows less, but at work', () => {
    const stuffed: CandidateInput = {
      ...strong,
      work: [{ title: 'Kitchen salesman', months: 120, end: '2026-10' }],
      listed: { 'skill/java': 'Java', 'skill/kotlin': 'Kotlin', 'skill/postgresql': 'PostgreSQL', 'skill/docker': 'Docker' },
    };
    const modest: CandidateInput = { ...strong, work: [{ title: 'Backend developer', months: 60, end: '2026-10', skills: { 'skill/java': 'Java' } }] };
    expect(score(stuffed).score).toBeLessThan(score(modest).score * 0.7);
    expect(facts(score(stuffed)).filter((fact) => fact.code === 'skill_listed_only').length).toBeGreaterThan(1);
  });

  it('calls a silent CV unknown, and one that states less not met', () => {
    const silent = score({ ...strong, languages: [], licences: [] });
    expect([must(silent, 'language').status, must(silent, 'licence').status]).toEqual(['unknown', 'unknown']);
    expect(must(score({ ...strong, languages: [['en', 'B1']] }), 'language').status).toBe('not_met');
    expect(must(score({ ...strong, work: [{ title: 'Backend developer', months: 20, end: '2026-10' }] }), 'experience').status).toBe('not_met');
    // ten years, but of other work: whether they count is for a person
    expect(must(score({ ...strong, work: [{ title: 'Nurse', months: 120, end: '2026-10' }] }), 'experience').status).toBe('unknown');
    expect(must(score({ ...strong, education: { level: 'secondary', studyType: 'A levels', area: 'Mathematics' } }), 'education').status).toBe('not_met');
  });

  it('lowers the score by less for an unknown must-have than for one not met', () => {
    const met = score(strong).score;
    const unknown = score({ ...strong, languages: [['en', null], ['fr', 'native']] }).score;
    const notMet = score({ ...strong, languages: [['en', 'A2'], ['fr', 'native']] }).score;
    expect(met).toBeGreaterThan(unknown);
    expect(unknown).toBeGreaterThan(notMet);
  });

  it('takes either of two alternatives', () => {
    const withKotlin = { ...strong, work: [{ title: 'Backend developer', months: 84, end: '2026-10', skills: { 'skill/kotlin': 'Kotlin', 'skill/postgresql': 'PostgreSQL', 'skill/docker': 'Docker' } }] };
    expect(must(score(withKotlin), 'skill').status).toBe('met');
  });

  it('gives null to criteria without data and shares their weight among the others', () => {
    const titleOnly = analyseJob('Backend developer', { title: 'Backend developer', language: 'en' });
    const result = score(strong, titleOnly);
    const used = result.criteria.filter((criterion) => criterion.hasData);
    expect(used.map((criterion) => criterion.criterion)).toEqual(['title']);
    expect(used[0]!.weight).toBe(1);
    expect(result.criteria.find((criterion) => criterion.criterion === 'skills')).toMatchObject({ score: null, weight: 0, hasData: false });
  });

  it('never scores the place', () => {
    const onSite = analyseJob('Location: Springfield\n\nRequirements\n- Java', { title: 'Backend developer', language: 'en' });
    const location = score(strong, onSite).criteria.find((criterion) => criterion.criterion === 'location')!;
    expect(location).toMatchObject({ score: null, weight: 0, hasData: false });
    expect(location.facts.map((fact) => fact.code)).toEqual(['location_not_scored']);
  });

  it('does not fail on an empty CV', () => {
    const result = score({});
    expect(result.score).toBe(0);
    expect(result.mustHaves.every((entry) => entry.status === 'unknown')).toBe(true);
  });
});

/** Everything a person may see of a result, offsets left out: they move with the length of a name. */
function seen(result: MatchResult) {
  return JSON.parse(JSON.stringify(result, (key, value) => (key === 'start' || key === 'end' ? undefined : value)));
}

/** Small linear congruential generator: the same shuffles in every run. */
function shuffler(seed: number) {
  let state = seed;
  const next = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  return <T>(items: readonly T[]): T[] => items.map((item) => ({ item, key: next() })).sort((a, b) => a.key - b.key).map(({ item }) => item);
}

describe('reproducible and name-blind', () => {
  it.each(['José Müller', 'Ada 李', 'Java Docker', 'PostgreSQL O’Kotlin', 'X'])('answers the same for a person named %s', (name) => {
    const other = score({ ...strong, name, address: `${name} Street 5, Kotlin Town` });
    expect(seen(other)).toEqual(seen(score(strong)));
  });

  it('answers the same whatever the order of the arrays', () => {
    const read = candidate(strong);
    const expected = scorePair(job, read, defaultMatcherConfig);
    for (let seed = 1; seed <= 50; seed++) {
      const shuffle = shuffler(seed);
      const order = shuffle(read.profile.work.map((_, i) => i));
      const moved = (pointer: string) => pointer.replace(/^\/work\/(\d+)/, (_, i: string) => `/work/${order.indexOf(Number(i))}`);
      const shuffled: ScorableCandidate = {
        ...read,
        profile: { ...read.profile, work: order.map((i) => read.profile.work[i]!) },
        evidence: shuffle((read.evidence ?? []).map((entry) => ({ ...entry, pointer: moved(entry.pointer) }))),
        facts: { ...read.facts, skills: shuffle(read.facts.skills), titles: shuffle(read.facts.titles), languages: shuffle(read.facts.languages) },
      };
      const result = scorePair({ ...job, requirements: job.requirements }, shuffled, defaultMatcherConfig);
      expect(result).toEqual(expected);
      const otherOrder = scorePair({ ...job, requirements: shuffle(job.requirements) }, shuffled, defaultMatcherConfig);
      expect(otherOrder.score).toBe(expected.score);
      expect(otherOrder.criteria).toEqual(expected.criteria);
    }
  });

  it('leaves its input as it was', () => {
    const read = candidate(strong);
    const before = JSON.stringify([job, read]);
    scorePair(job, read, defaultMatcherConfig);
    expect(JSON.stringify([job, read])).toBe(before);
  });

  it('does not name the person in the summary', () => {
    expect(score({ ...strong, name: 'Wilhelmina Testperson' }).summary).not.toMatch(/Wilhelmina|Testperson/);
  });
});

describe('the wording of facts', () => {
  it('has every fact in English, French, German and Spanish, with no parameter left open', () => {
    const results = [score(strong), score({}), score({ ...strong, languages: [['en', 'B1']], listed: { 'skill/java': 'Java' }, work: [] })];
    for (const fact of results.flatMap(facts)) {
      const texts = factLanguages.map((language) => renderFact(fact, language));
      expect(texts[0]).toBe(fact.text);
      for (const text of texts) expect(text).not.toMatch(/[{}]|undefined|null/);
      expect(new Set(texts).size).toBe(factLanguages.length);
    }
  });

  it('words numbers and language names as the reader writes them', () => {
    const fact = { code: 'language_below', params: { language: 'de', level: 'B1', wanted: 'C1' }, text: '' };
    expect(renderFact(fact, 'de')).toBe('Deutsch B1, unter der verlangten Stufe C1.');
    expect(renderFact({ code: 'experience_relevant', params: { years: 2.5 }, text: '' }, 'fr')).toContain('2,5 ans');
    expect(renderFact(fact, 'pl')).toBe(renderFact(fact, 'en'));
  });
});
