import { educationLevels } from '../../cvs/profile.ts';
import { linkSkill, skillRelation } from '../../language/taxonomy.ts';
import { bareTitle } from '../analyseJob/findTitle.ts';
import type { JobAnalysis, Requirement } from '../types.ts';
import { clamp } from './candidate.ts';
import type { ReadCandidate } from './candidate.ts';
import { makeFact, noData, weightedMean } from './outcome.ts';
import type { CriterionResult, Outcome } from './outcome.ts';
import { labelSimilarity } from './similarity.ts';

/** The degree asked for: its level, and its field by the labels' vectors. */
export function scoreEducation(job: JobAnalysis, candidate: ReadCandidate): CriterionResult {
  const wanted = job.requirements.filter((requirement) => requirement.kind === 'education');
  if (wanted.length === 0) return noData;
  const outcomes = wanted.map((requirement) => judge(requirement, job, candidate));
  const silent = candidate.facts.educationLevel === null && candidate.education.length === 0;
  return { score: silent ? null : weightedMean(outcomes), facts: outcomes.map((outcome) => outcome.fact), outcomes };
}

/** Field similarity from which a degree counts as one in the field asked for. */
const sameField = 0.45;

function judge(requirement: Requirement, job: JobAnalysis, candidate: ReadCandidate): Outcome {
  const level = requirement.educationLevel ?? null;
  const found = candidate.facts.educationLevel;
  if (!found) {
    const fact = makeFact('unknown', 'education_unknown', { level: level ?? 'any' }, requirement.id, []);
    return { requirement, status: 'unknown', strength: 0, fact };
  }
  const missing = level ? Math.max(0, educationLevels.indexOf(level) - educationLevels.indexOf(found)) : 0;
  const field = fieldSimilarity(requirement, job, candidate);
  const strength = (missing === 0 ? 1 : missing === 1 ? 0.4 : 0) * (0.3 + 0.7 * field.score);
  const quotes = field.index >= 0 ? fieldQuotes(field.index, candidate) : candidate.facts.educationSpans;
  const params = { level: level ?? 'any', found: `level:${found}` };

  if (missing > 0) return { requirement, status: 'not_met', strength, fact: makeFact('negative', 'education_below', params, requirement.id, quotes) };
  if (field.score >= sameField) {
    const named = quotes[0]?.quote ?? `level:${found}`;
    return { requirement, status: 'met', strength, fact: makeFact('positive', 'education_met', { ...params, found: named }, requirement.id, quotes) };
  }
  return { requirement, status: 'unknown', strength, fact: makeFact('mixed', 'education_level_only', params, requirement.id, quotes) };
}

/** A requirement that names no field means the job's own: "Titulaire d'un CAP" for a pastry chef. */
function fieldSimilarity(requirement: Requirement, job: JobAnalysis, candidate: ReadCandidate): { score: number; index: number } {
  const fields = requirement.educationFields?.length ? requirement.educationFields : [bareTitle(job.title)].filter(Boolean);
  let best = { score: 0, index: -1 };
  candidate.education.forEach((entry, index) => {
    for (const name of [entry.area, entry.studyType].flatMap((label) => (label ? [label, ...subjectsOf(label)] : []))) {
      const score = clamp(Math.max(0, ...fields.map((field) => labelSimilarity(field, name))));
      if (score > best.score) best = { score, index };
    }
  });
  return bySkill(fields, candidate) && best.score < 0.9 ? { ...best, score: 0.9 } : best;
}

/** "Bachelor of Arts Rechnungswesen und Steuern" → Rechnungswesen, Steuern: a label's vector blurs when it names several. */
function subjectsOf(label: string): string[] {
  const bare = label.replace(degreeWords, ' ');
  return [bare, ...bare.split(subjectSeparators)].map((subject) => subject.trim()).filter((subject) => subject.length >= 4);
}

const degreeWords =
  /(?<!\p{L})(?:(?:bachelor|master|licence|licenciatura|laurea(?: triennale| magistrale)?|grado|mestrado|máster|diplôme|diplom|diploma|degree|dipl|b\.?\s?(?:sc|a|eng)|m\.?\s?(?:sc|a|eng))(?!\p{L})\.?(?:\s(?:of|in|en|di|em|de|d')\s(?:science|arts|engineering)?)?)/giu;
const subjectSeparators = /[,;:()/|&–]|(?<!\p{L})(?:and|und|et|y|e|en|ed|in|im|of|option|mention|schwerpunkt|fachrichtung|richting|with|mit|con|com|avec|indirizzo|especialidad|major)(?!\p{L})/iu;

/** The CV's education names a skill that the field is the name of, in whichever language. */
function bySkill(fields: readonly string[], candidate: ReadCandidate): boolean {
  const wanted = fields.flatMap((field) => {
    const link = linkSkill(field);
    return link?.confidence === 1 ? [link.id] : [];
  });
  return candidate.skills.some((skill) => skill.skillId && skill.sources.includes('education') && wanted.some((id) => ['same', 'narrower'].includes(skillRelation(id, skill.skillId!))));
}

function fieldQuotes(index: number, candidate: ReadCandidate) {
  const entry = candidate.education[index]!;
  const passages = candidate.passages.filter((passage) => passage.where === 'education' && (passage.text === entry.area || passage.text === entry.studyType));
  const quotes = passages.flatMap((passage) => candidate.quote(passage.pointer, passage.text));
  return quotes.length ? quotes : candidate.facts.educationSpans;
}
