import type { ReadDocument } from '../../documents/Document.ts';
import { detectLanguage } from '../../language/detectLanguage.ts';
import type { Extraction } from '../profile.ts';
import { findCertificates, findLicences, type Certificate } from './certificates.ts';
import { findContact, type Contact } from './contact.ts';
import { columnsOf, cvLinesOf, joinWrapped, maxLines, type CvLine } from './cvLines.ts';
import { findEducation, type EducationEntry } from './education.ts';
import { assemble } from './assemble.ts';
import { stated, type Found } from './found.ts';
import { findLanguages, type LanguageItem } from './languages.ts';
import { isCv } from './isCv.ts';
import { supportedLanguages } from '../../language/types.ts';
import { passageOf, type Passage } from './passage.ts';
import { isPersonal } from './personalData.ts';
import { sectionsOf, type Section } from './sections.ts';
import { findSkillItems, type SkillItem } from './skills.ts';
import { findWork, type WorkEntry } from './work.ts';

/** What was read, each value with its passage; `assemble` makes profile, evidence and facts of it. */
export interface CvParts {
  language: string;
  contact: Contact;
  summary: Found | null;
  work: WorkEntry[];
  education: EducationEntry[];
  skills: SkillItem[];
  languages: LanguageItem[];
  certificates: Certificate[];
  licences: { category: string; passage: Passage }[];
  /** other texts in which skills may stand, by where they stand */
  elsewhere: { source: string; passage: Passage }[];
}

export interface ExtractOptions {
  /** ISO date on which the file came in; running jobs are counted to it where the file has no date of its own */
  receivedAt?: string | undefined;
}

/**
 * Text with positions → profile, evidence and facts. Deterministic: no clock, no randomness, no network; what the text
 * does not say is absent. A text that is no CV gives an empty profile and the warning `not_a_cv`.
 */
export function extractCv(document: ReadDocument, options: ExtractOptions = {}): Extraction {
  const lines = cvLinesOf(document);
  const detected = detectLanguage(document.text);
  const language = detected.language === 'und' ? 'en' : detected.language;
  const sections = sectionsOf(lines);
  const parts = partsOf(sections, lines, language);
  if (!isCv(parts, sections, lines)) {
    return assemble({ ...emptyParts(language) }, document, [
      { code: 'not_a_cv', message: 'The text has neither the sections nor the contact details and dated entries of a CV. Check that the right file was uploaded.' },
    ]);
  }
  return assemble(parts, document, warningsOf(parts, document), options.receivedAt);
}

function partsOf(sections: Section[], lines: CvLine[], language: string): CvParts {
  const of = (...kinds: Section['kind'][]): Section[] => sections.filter((section) => kinds.includes(section.kind));
  const contact = findContact(sections, language);
  return {
    language,
    contact,
    summary: findSummary(of('summary')),
    work: of('work').flatMap((section) => findWork(section.lines, lines)),
    education: of('education').flatMap((section) => findEducation(section.lines, lines)),
    skills: of('skills').flatMap((section) => findSkillItems(section.lines, lines)).filter((item) => !isPersonal(item.name.value, contact)),
    languages: of('languages').flatMap((section) => findLanguages(section.lines)),
    certificates: of('certificates').flatMap((section) => findCertificates(section.lines, lines)),
    licences: findLicences(of('header', 'contact', 'personal', 'other', 'certificates', 'skills').flatMap((section) => section.lines)),
    elsewhere: (['summary', 'projects', 'volunteering', 'certificates', 'education'] as const).flatMap((kind) =>
      of(kind).flatMap((section) => joinWrapped(section.lines, columnsOf(lines)).map((group) => ({ source: kind, passage: passageOf(group) }))),
    ),
  };
}

function findSummary(sections: Section[]): Found | null {
  const lines = sections[0]?.lines ?? [];
  if (lines.length === 0) return null;
  const passage = passageOf(lines);
  return passage.text.length >= 20 ? stated(passage, 0.9) : null;
}

function warningsOf(parts: CvParts, document: ReadDocument): Extraction['warnings'] {
  const warnings: Extraction['warnings'] = [];
  if (!supportedLanguages.some((language) => language === parts.language)) warnings.push({ code: 'unsupported_language', message: `CVs in this language (${parts.language}) are read for contact details only.` });
  if (document.lines.length > maxLines) warnings.push({ code: 'read_partly', message: `Only the first ${maxLines} lines were read; a CV is shorter.` });
  if (!parts.contact.name) warnings.push({ code: 'no_name', message: 'No name was found. Add it to the profile by hand.' });
  if (parts.contact.emails.length === 0 && parts.contact.phones.length === 0) warnings.push({ code: 'no_contact', message: 'Neither an e-mail address nor a phone number was found.' });
  if (parts.work.length === 0) warnings.push({ code: 'no_work', message: 'No dated work experience was found; experience counts as 0 months.' });
  return warnings;
}

function emptyParts(language: string): CvParts {
  const location: Contact['location'] = { address: null, postalCode: null, city: null, region: null, countryCode: null };
  return {
    language, summary: null, work: [], education: [], skills: [], languages: [], certificates: [], licences: [], elsewhere: [],
    contact: { name: null, label: null, emails: [], phones: [], location, url: null, profiles: [] },
  };
}
