import type { Span } from '../../cvs/profile.ts';
import { skillRelation } from '../../language/taxonomy.ts';
import type { Requirement } from '../types.ts';
import { clamp } from './candidate.ts';
import type { Passage, ReadCandidate } from './candidate.ts';
import { makeFact, noData, weightedMean } from './outcome.ts';
import type { CriterionResult, Outcome } from './outcome.ts';
import { anyOf, foldKeepingLength } from '../analyseJob/foldText.ts';
import { vocabularies } from '../analyseJob/vocabulary/index.ts';
import { findName } from './scoreSkills.ts';
import { labelSimilarity } from './similarity.ts';

/** Certificates and driving licences: by the skill or acronym they name, else by the label's vector. */
export function scoreCertificates(requirements: readonly Requirement[], candidate: ReadCandidate): CriterionResult {
  const wanted = requirements.filter((requirement) => requirement.kind === 'certificate' || requirement.kind === 'licence');
  if (wanted.length === 0) return noData;
  const outcomes = wanted.map((requirement) => (requirement.kind === 'licence' ? judgeLicence(requirement, candidate) : judgeCertificate(requirement, candidate)));
  return { score: weightedMean(outcomes), facts: outcomes.map((outcome) => outcome.fact), outcomes };
}

function judgeLicence(requirement: Requirement, candidate: ReadCandidate): Outcome {
  const category = requirement.licenceCategory ?? 'B';
  // C and D are only given to holders of B; "BE" includes B.
  const held = candidate.facts.drivingLicences.filter((licence) => licence.category === category || (category === 'B' && /^(?:BE|C|C1|CE|C1E|D|D1|DE)$/.test(licence.category)));
  const params = { category };
  if (held.length) return { requirement, status: 'met', strength: 1, fact: makeFact('positive', 'licence_found', params, requirement.id, held.flatMap((licence) => licence.spans)) };
  return { requirement, status: 'unknown', strength: 0, fact: makeFact('unknown', 'licence_not_found', params, requirement.id, []) };
}

/** Vector similarity from which a certificate's name answers a requirement, and from which it is worth showing. */
const sameCertificate = 0.75;
const nearCertificate = 0.45;

function judgeCertificate(requirement: Requirement, candidate: ReadCandidate): Outcome {
  const required = requirement.label;
  const proof = candidate.passages.filter((passage) => passage.where === 'certificates' || passage.where === 'education');
  const named = byName(requirement, candidate, proof);
  if (named) {
    return { requirement, status: 'met', strength: named.strength, fact: makeFact('positive', 'certificate_found', { required, found: named.found }, requirement.id, named.quotes) };
  }
  const subject = certificateSubject(required);
  let best: { passage: Passage; score: number } | null = null;
  for (const passage of proof) {
    const score = subject && certificateSubject(passage.text) ? labelSimilarity(subject, certificateSubject(passage.text)) : 0;
    if (!best || score > best.score) best = { passage, score };
  }
  if (best && best.score >= nearCertificate) {
    const met = best.score >= sameCertificate;
    const quotes = candidate.quote(best.passage.pointer, best.passage.text);
    const fact = makeFact(met ? 'positive' : 'mixed', met ? 'certificate_found' : 'certificate_similar', { required, found: best.passage.text }, requirement.id, quotes);
    return { requirement, status: met ? 'met' : 'unknown', strength: clamp(best.score), fact };
  }
  return { requirement, status: 'unknown', strength: 0, fact: makeFact('unknown', 'certificate_not_found', { required }, requirement.id, []) };
}

/** What is certified: "valid certificate in advanced life support" → "advanced life support"; any two certificates share the rest. */
function certificateSubject(label: string): string {
  const folded = foldKeepingLength(label);
  let subject = '';
  let from = 0;
  for (const match of folded.matchAll(anyOf(certificateWords))) {
    subject += label.slice(from, match.index);
    from = match.index + match[0].length;
  }
  return (subject + label.slice(from)).replace(/\s+/g, ' ').trim();
}

const certificateWords = [
  ...new Set(Object.values(vocabularies).flatMap((vocabulary) => vocabulary.certificates)),
  'postgraduate', 'course', 'training', 'kurs', 'cours', 'curso', 'corso', 'cursus', 'formation', 'formacion', 'formacao', 'schulung',
  'valid', 'current', 'gultige[rn]?', 'einen', 'valide', 'en cours de validite', 'en vigor', 'vigente', 'in corso di validita', 'dentro da validade', 'geldig', 'uber', 'in', 'em', 'en', 'de', 'di',
];

interface Proof {
  /** what the CV calls it */
  found: string;
  quotes: readonly Span[];
  strength: number;
}

/** A certificate or degree that names the same skill or acronym proves it; the mere mention elsewhere says it half. */
function byName(requirement: Requirement, candidate: ReadCandidate, proof: readonly Passage[]): Proof | null {
  for (const [passages, strength] of [[proof, 1], [candidate.passages, 0.5]] as const) {
    for (const name of requirement.skillNames ?? []) {
      const passage = findName(name, passages);
      if (passage) return { found: passage.text, quotes: candidate.quote(passage.pointer, passage.text), strength };
    }
  }
  const skills = candidate.skills.filter(({ skillId }) => skillId && requirement.skillIds?.some((id) => ['same', 'narrower'].includes(skillRelation(id, skillId))));
  const proven = skills.find((skill) => skill.sources.includes('certificates') || skill.sources.includes('education'));
  const skill = proven ?? skills[0];
  if (!skill) return null;
  const passage = proven && proof.find((entry) => skill.spans.some((span) => entry.text.includes(span.quote)));
  const quotes = passage ? candidate.quote(passage.pointer, passage.text) : skill.spans;
  return { found: passage?.text ?? skill.name, quotes, strength: proven ? 1 : 0.5 };
}
