import type { Fact, JobAnalysis, MatchResult } from '../types.ts';

/** One or two sentences to read out: the best reasons, then what is missing or open. Never names the person. */
export function summarise(job: JobAnalysis, criteria: MatchResult['criteria'], mustHaves: MatchResult['mustHaves']): string {
  const met = mustHaves.filter((must) => must.status === 'met').length;
  const counted = mustHaves.length ? `Meets ${met} of ${mustHaves.length} must-haves` : `Compared with ${job.title ? `"${job.title}"` : 'the job'}, which states no must-haves`;
  const best = [titleReason(criteria), experienceReason(criteria)].filter((reason) => reason !== null);
  const first = best.length ? `${counted}: ${best.join(', ')}.` : `${counted}.`;
  const failed = mustHaves.filter((must) => must.status === 'not_met').map((must) => must.label);
  const open = mustHaves.filter((must) => must.status === 'unknown').map((must) => must.label);
  const second = [failed.length ? `Not met: ${list(failed)}` : '', open.length ? `${failed.length ? 'to be asked' : 'To be asked'}: ${list(open)}` : ''].filter(Boolean).join('; ');
  return second ? `${first} ${second}${second.endsWith('…') ? '' : '.'}` : first;
}

const factOf = (criteria: MatchResult['criteria'], name: string): Fact | undefined => criteria.find((criterion) => criterion.criterion === name)?.facts[0];

function titleReason(criteria: MatchResult['criteria']): string | null {
  const fact = factOf(criteria, 'title');
  if (!fact || fact.code === 'title_missing') return null;
  return fact.code === 'title_different' ? 'the titles are those of other work' : `worked as "${fact.params.title}"`;
}

function experienceReason(criteria: MatchResult['criteria']): string | null {
  const years = factOf(criteria, 'experience')?.params.years;
  return typeof years === 'number' && years > 0 ? `${years} years of matching work` : null;
}

/** At most three, each short enough to be read out. */
function list(labels: string[]): string {
  const short = labels.slice(0, 3).map((label) => (label.length <= 60 ? label : `${cut(label.slice(0, 59))}…`));
  return short.join('; ') + (labels.length > 3 ? ` and ${labels.length - 3} more` : '');
}

/** At the last comma or colon, so that no "and" is left hanging; else between words. */
function cut(start: string): string {
  return /^(.{12,})[,;:–(]/.exec(start)?.[1]?.trimEnd() ?? start.replace(/\s\S*$/, '');
}
