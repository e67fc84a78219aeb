import type { Candidate, CandidateSummary, Job, JobAnalysis, Match, MatchFact, Quote } from '../shared/api';

/** The strongest reasons are enough to decide whether to look closer; full output has all of them. */
const topReasons = 5;

/** A match in the size of an e-mail line: rank, score, must-haves, and the reasons that weigh most, each with its quote. */
export function simplifyMatch(match: Match): object {
  return {
    rank: match.rank,
    score: match.score,
    candidateName: match.candidateName,
    jobTitle: match.jobTitle,
    summary: match.summary,
    mustHaves: match.mustHaves.map(({ label, status, reason, quotes }) => ({ label, status, reason, quote: firstQuote(quotes) })),
    reasons: reasonsOf(match),
    candidateId: match.candidateId,
    jobId: match.jobId,
    cvId: match.cvId,
    matchId: match.id,
  };
}

export function simplifyJob(job: Job): object {
  return {
    jobId: job.id,
    externalId: job.externalId,
    status: job.status,
    ...simplifyAnalysis(job.analysis),
    title: job.title,
    createdAt: job.createdAt,
  };
}

export function simplifyAnalysis(analysis: JobAnalysis): object {
  const labels = (importance: 'must' | 'nice') => analysis.requirements.filter((requirement) => requirement.importance === importance).map(({ label }) => label);
  return {
    title: analysis.title,
    language: analysis.language,
    seniority: analysis.seniority,
    location: analysis.location,
    mustHaves: labels('must'),
    niceToHaves: labels('nice'),
    warnings: analysis.warnings.map(({ message }) => message),
  };
}

export function simplifyCandidate(candidate: Candidate): object {
  const { currentCvId, ...summary } = simplifyCandidateSummary(candidate);
  return { ...summary, skills: (candidate.profile.skills ?? []).map(({ name }) => name), currentCvId };
}

/** The compact form of an entry of a list, which carries no profile. */
export function simplifyCandidateSummary(candidate: CandidateSummary) {
  return {
    candidateId: candidate.id,
    name: candidate.name,
    headline: candidate.headline,
    email: candidate.email,
    city: candidate.city,
    countryCode: candidate.countryCode,
    language: candidate.language,
    experienceYears: candidate.experienceMonths === null ? null : Math.round(candidate.experienceMonths / 1.2) / 10,
    currentCvId: candidate.currentCvId,
  };
}

/** Facts of the heaviest criteria first; what the CV is silent about already stands under the must-haves. */
function reasonsOf(match: Match): object[] {
  const facts: Array<{ criterion: string; weight: number; fact: MatchFact }> = match.criteria.flatMap(({ criterion, weight, facts }) =>
    facts.filter(({ polarity }) => polarity !== 'unknown').map((fact) => ({ criterion, weight, fact })),
  );
  return facts
    .sort((a, b) => b.weight - a.weight)
    .slice(0, topReasons)
    .map(({ criterion, fact }) => ({ criterion, polarity: fact.polarity, text: fact.text, quote: firstQuote(fact.quotes) }));
}

function firstQuote(quotes: Quote[]): string | null {
  return quotes[0]?.quote ?? null;
}
