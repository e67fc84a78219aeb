import { skillLabel, skillRelation } from '../../language/taxonomy.ts';
import { foldKeepingLength } from '../analyseJob/foldText.ts';
import type { Fact, MatcherConfig, Requirement } from '../types.ts';
import { clamp, monthsBetween, yearsOf } from './candidate.ts';
import type { CandidateSkill, Passage, ReadCandidate } from './candidate.ts';
import { findLooseEvidence } from './looseEvidence.ts';
import { makeFact, weightedMean } from './outcome.ts';
import type { CriterionResult, Outcome } from './outcome.ts';
import { labelCosine } from './similarity.ts';
import type { Span } from '../../cvs/profile.ts';

/** The skills a job asks for, each by its best answer in the CV: the skill itself, a related one, or a similar name. */
export function scoreSkills(requirements: readonly Requirement[], candidate: ReadCandidate, config: MatcherConfig): CriterionResult {
  const wanted = requirements.filter((requirement) => requirement.kind === 'skill' && namesOf(requirement).length > 0);
  if (wanted.length === 0) {
    const loose = findLooseEvidence(requirements, candidate, config);
    return { score: null, facts: loose.map((outcome) => outcome.fact), outcomes: loose };
  }
  const outcomes = wanted.map((requirement) => judge(requirement, candidate, config));
  const loose = findLooseEvidence(requirements, candidate, config);
  // Each piece of loose evidence takes a little of what is missing, so that it can only help.
  const missing = loose.reduce((product, { strength }) => product * (1 - looseBonus * strength), 1 - weightedMean(outcomes));
  const all = [...outcomes, ...loose];
  return { score: 1 - missing, facts: all.map((outcome) => outcome.fact), outcomes: all };
}

/** Share of what is missing that one perfect piece of loose evidence gives. */
const looseBonus = 0.15;

/** Months of work that show one of the requirement's skills; the most of any. */
export function monthsOfSkills(requirement: Requirement, candidate: ReadCandidate): number {
  const months = candidate.skills
    .filter((skill) => skill.skillId && requirement.skillIds?.some((id) => answers(id, skill.skillId!)))
    .map((skill) => skill.months ?? 0);
  return Math.max(0, ...months);
}

const namesOf = (requirement: Requirement) => [...(requirement.skillIds ?? []), ...(requirement.skillNames ?? [])];

/** A narrower skill is an instance of the wanted one: PostgreSQL answers "relational databases". */
function answers(wanted: string, found: string): boolean {
  const relation = skillRelation(wanted, found);
  return relation === 'same' || relation === 'narrower';
}

interface Answer {
  how: 'exact' | 'related' | 'similar';
  strength: number;
  name: string;
  skill: CandidateSkill | null;
  passage: Passage | null;
}

function judge(requirement: Requirement, candidate: ReadCandidate, config: MatcherConfig): Outcome {
  let best: Answer | null = null;
  const offer = (answer: Answer) => {
    if (!best || answer.strength > best.strength) best = answer;
  };
  for (const id of requirement.skillIds ?? []) {
    for (const skill of candidate.skills) {
      const answer = answerById(id, skill, candidate, config);
      if (answer) offer(answer);
    }
  }
  for (const name of requirement.skillNames ?? []) {
    for (const skill of candidate.skills) {
      const similarity = fold(skill.name) === fold(name) ? 1 : labelCosine(name, skill.name);
      if (similarity === 1) offer({ how: 'exact', strength: usage(skill, candidate, config), name: skill.name, skill, passage: null });
      else if (similarity >= leastNameCosine) offer({ how: 'similar', strength: usage(skill, candidate, config) * similarity * config.relatedSkillScore, name: skill.name, skill, passage: null });
    }
    const passage = findName(name, candidate.passages);
    if (passage) offer({ how: 'exact', strength: passage.where === 'skills' ? config.listedOnlySkillWeight : 0.85, name, skill: null, passage });
  }
  return outcomeOf(requirement, best, candidate);
}

/** Cosine from which two names without taxonomy ids are taken for similar; below it the embedder's neighbours are chance. */
const leastNameCosine = 0.7;

function answerById(wanted: string, skill: CandidateSkill, candidate: ReadCandidate, config: MatcherConfig): Answer | null {
  const used = usage(skill, candidate, config);
  if (skill.skillId) {
    const relation = skillRelation(wanted, skill.skillId);
    if (relation === 'same' || relation === 'narrower') return { how: 'exact', strength: used, name: skillLabel(skill.skillId, 'en'), skill, passage: null };
    // A broader skill is no sign of the wanted one: whoever develops software need not know Kafka.
    if (relation !== 'related') return null;
    return { how: 'related', strength: used * config.relatedSkillScore, name: skillLabel(skill.skillId, 'en'), skill, passage: null };
  }
  const similarity = labelCosine(skillLabel(wanted, 'en'), skill.name);
  if (similarity < leastNameCosine) return null;
  return { how: 'similar', strength: used * similarity * config.relatedSkillScore, name: skill.name, skill, passage: null };
}

/**
 * How well a skill is shown: by work that used it (most from two years on, less when long ago), or only by being listed.
 * That difference is what keyword stuffing fails on.
 */
function usage(skill: CandidateSkill, candidate: ReadCandidate, config: MatcherConfig): number {
  if (skill.months === null) return config.listedOnlySkillWeight;
  const duration = clamp(skill.months / 24);
  const recency = clamp(1 - (monthsBetween(skill.lastUsed, candidate.facts.asOf) - 12) / 84);
  return 0.7 + 0.18 * duration + 0.12 * recency;
}

function outcomeOf(requirement: Requirement, best: Answer | null, candidate: ReadCandidate): Outcome {
  const required = labelOf(requirement);
  if (!best) {
    return { requirement, status: 'unknown', strength: 0, fact: makeFact('unknown', 'skill_not_found', { required }, requirement.id, []) };
  }
  const quotes = best.skill ? best.skill.spans : passageQuote(best, candidate);
  const strength = clamp(best.strength);
  if (best.how === 'related') return { requirement, status: 'unknown', strength, fact: makeFact('mixed', 'skill_related', { required, skill: best.name }, requirement.id, quotes) };
  if (best.how === 'similar') return { requirement, status: 'unknown', strength, fact: makeFact('mixed', 'skill_similar', { required, skill: best.name }, requirement.id, quotes) };
  return { requirement, status: 'met', strength, fact: exactFact(requirement, best, quotes) };
}

function exactFact(requirement: Requirement, { skill, passage, name }: Answer, quotes: readonly Span[]): Fact {
  const months = skill?.months ?? null;
  if (skill && months !== null && months > 0) {
    const params = { skill: name, years: yearsOf(months), lastUsed: skill.lastUsed?.slice(0, 4) ?? null };
    return makeFact('positive', 'skill_used', params, requirement.id, quotes);
  }
  const atWork = skill ? months !== null : passage?.where !== 'skills';
  if (atWork) return makeFact('positive', 'skill_used_undated', { skill: name }, requirement.id, quotes);
  return makeFact('mixed', 'skill_listed_only', { skill: name }, requirement.id, quotes);
}

/** Alternatives by their own names, so that the sentence reads like the requirement and not like a quotation. */
function labelOf(requirement: Requirement): string {
  const names = [...(requirement.skillIds ?? []).map((id) => skillLabel(id, 'en')), ...(requirement.skillNames ?? [])];
  return names.length <= 3 ? names.join(' / ') : requirement.label;
}

const fold = (name: string) => foldKeepingLength(name).trim();

/** First passage that holds the name as whole words; case counts for short names ("SAP", not "sap"). */
export function findName(name: string, passages: readonly Passage[]): Passage | null {
  const exact = name.length <= 4;
  const wanted = exact ? name : fold(name);
  for (const passage of passages) {
    const at = wordIndex(exact ? passage.text : foldKeepingLength(passage.text), wanted);
    if (at >= 0) return passage;
  }
  return null;
}

export function wordIndex(text: string, word: string): number {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1] ?? ' ';
    const after = text[at + word.length] ?? ' ';
    if (!/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after)) return at;
  }
  return -1;
}

function passageQuote({ passage }: Answer, candidate: ReadCandidate): Span[] {
  return passage ? candidate.quote(passage.pointer, passage.text) : [];
}
