import type { CvFacts, Span } from '../../../sidecar/src/cvs/profile.ts';
import type { ScorableCandidate } from '../../../sidecar/src/matching/score/candidate.ts';

export interface WorkInput {
  title: string;
  months: number;
  end: string;
  /** skill id → the words that name it in this entry */
  skills?: Record<string, string>;
  occupationId?: string;
}

export interface CandidateInput {
  name?: string;
  address?: string;
  work?: WorkInput[];
  listed?: Record<string, string>;
  languages?: [code: string, cefr: CvFacts['languages'][number]['cefr']][];
  education?: { level: CvFacts['educationLevel']; studyType: string; area: string };
  certificates?: string[];
  licences?: string[];
}

/** A candidate as the extraction would give it, with a text in which every span stands. */
export function candidate(input: CandidateInput): ScorableCandidate & { profile: { basics: object } } {
  let text = `${input.name ?? 'Alex Example'}\n${input.address ?? '1 Sample Street, Springfield'}\n`;
  const evidence: { pointer: string; spans: Span[] }[] = [];
  const write = (words: string, pointer?: string): Span => {
    const span = { page: 1, start: text.length, end: text.length + words.length, quote: words };
    text += `${words}\n`;
    if (pointer) evidence.push({ pointer, spans: [span] });
    return span;
  };
  const skills: CvFacts['skills'] = [];
  const work = (input.work ?? []).map((entry, i) => {
    write(entry.title, `/work/${i}/position`);
    const highlights = Object.entries(entry.skills ?? {}).map(([skillId, name], k) => {
      const span = write(`Worked with ${name} every day`, `/work/${i}/highlights/${k}`);
      const known = skills.find((skill) => skill.skillId === skillId);
      if (known) known.months = (known.months ?? 0) + entry.months;
      else skills.push({ skillId, name, sources: ['work'], months: entry.months, lastUsed: entry.end, confidence: 1, spans: [span] });
      return span.quote;
    });
    return { id: `work-${i}`, position: entry.title, endDate: entry.end, highlights };
  });
  const listed = Object.entries(input.listed ?? {}).map(([skillId, name], i) => {
    const span = write(name, `/skills/${i}/name`);
    if (!skills.some((skill) => skill.skillId === skillId)) {
      skills.push({ skillId, name, sources: ['skills'], months: null, lastUsed: null, confidence: 1, spans: [span] });
    }
    return { id: `skill-${i}`, name };
  });
  const degree = input.education;
  const educationSpans = degree ? [write(degree.studyType, '/education/0/studyType'), write(degree.area, '/education/0/area')] : [];
  const certificates = (input.certificates ?? []).map((name, i) => ({ id: `certificate-${i}`, name: write(name, `/certificates/${i}/name`).quote }));
  const languages = (input.languages ?? []).map(([code, cefr], i) => ({ entryId: `language-${i}`, code, cefr, spans: [write(`Language ${code} ${cefr ?? ''}`)] }));
  return {
    profile: {
      basics: { name: input.name ?? 'Alex Example', location: { address: input.address ?? '1 Sample Street, Springfield' } },
      work,
      education: degree ? [{ id: 'education-0', studyType: degree.studyType, area: degree.area }] : [],
      skills: listed,
      certificates,
    },
    facts: {
      asOf: '2026-10',
      experienceMonths: (input.work ?? []).reduce((sum, entry) => sum + entry.months, 0),
      currentWork: [],
      titles: (input.work ?? []).map((entry, i) => ({ workId: `work-${i}`, title: entry.title, occupationId: entry.occupationId ?? null, months: entry.months, lastUsed: entry.end })),
      skills,
      languages,
      educationLevel: degree?.level ?? null,
      educationSpans,
      drivingLicences: (input.licences ?? []).map((category) => ({ category, spans: [write(`Driving licence ${category}`)] })),
    },
    text,
    evidence,
  };
}
