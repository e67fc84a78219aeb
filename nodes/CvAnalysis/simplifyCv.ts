import type { Cv, CvSummary } from '../shared/api';

/** The compact form of a CV: what a recruiter or an AI agent reads first, without offsets. */
export function simplifyCv(cv: Cv): object {
  const { basics, work = [], education = [], skills = [], languages = [] } = cv.profile ?? {};
  const confidences = (cv.evidence ?? []).map(({ confidence }) => confidence);
  return {
    ...simplifyCvSummary(cv),
    name: basics?.name ?? null,
    headline: basics?.label ?? null,
    email: basics?.email ?? null,
    phone: basics?.phone ?? null,
    city: basics?.location?.city ?? null,
    countryCode: basics?.location?.countryCode ?? null,
    experienceYears: years(cv.facts?.experienceMonths),
    work: work.map((entry) => withoutUndefined({ title: entry.position, employer: entry.name, from: entry.startDate, to: entry.endDate })),
    education: education.map((entry) =>
      withoutUndefined({ degree: entry.studyType, field: entry.area, school: entry.institution, from: entry.startDate, to: entry.endDate }),
    ),
    skills: unique([...(cv.facts?.skills ?? []), ...skills].map(({ name }) => name)),
    languages: languages.map(({ language, fluency }) => (fluency === undefined ? language : `${language} (${fluency})`)),
    /** the least certain value, 0 to 1: a reason to look before relying on the profile */
    lowestConfidence: confidences.length === 0 ? null : Math.min(...confidences),
  };
}

/** The compact form of an entry of a list, which carries no profile. */
export function simplifyCvSummary(cv: CvSummary): object {
  return {
    cvId: cv.id,
    candidateId: cv.candidateId,
    status: cv.status,
    fileName: cv.fileName,
    language: cv.language,
    externalId: cv.externalId,
    createdAt: cv.createdAt,
    warnings: cv.warnings.map(({ message }) => message),
    // Not "error": n8n would take the item for a failed one.
    ...(cv.error === null ? {} : { problem: cv.error.message }),
  };
}

function years(months: number | undefined): number | null {
  return months === undefined ? null : Math.round(months / 1.2) / 10;
}

/** Each name once, spelled as it first stands. */
function unique(names: string[]): string[] {
  const first = new Map<string, string>();
  for (const name of names) if (!first.has(name.toLowerCase())) first.set(name.toLowerCase(), name);
  return [...first.values()];
}

function withoutUndefined(entry: Record<string, string | undefined>): object {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}
