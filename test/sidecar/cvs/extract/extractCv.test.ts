import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { extractCv } from '../../../../sidecar/src/cvs/extract/extractCv.ts';
import { profileSchema, cvFactsSchema, type Extraction } from '../../../../sidecar/src/cvs/profile.ts';
import { closeDocumentWorkers, readDocument } from '../../../../sidecar/src/documents/readDocument.ts';
import type { ReadDocument } from '../../../../sidecar/src/documents/Document.ts';
import { plainDocument } from './plainDocument.ts';

afterAll(closeDocumentWorkers);

const english = `Orla Finnerty-Moss
Logistics Coordinator
12 Quay Row, Galway, Ireland
orla.finnerty@example.com | +353 20 912 4471

SUMMARY
Coordinator with six years in road freight and a liking for tidy timetables.

WORK EXPERIENCE
Logistics Coordinator, Westbay Freight Ltd, Galway
March 2021 - Present
- Plan 40 departures a day with SAP and Excel
- Introduced Power BI reports
  for the night shift

Warehouse Assistant, Corrib Stores Ltd, Galway
June 2018 - February 2021
- Picked and packed orders

EDUCATION
2015 - 2018
BA Business Studies, University of Lough Mask, Galway

SKILLS
SAP, Excel, Power BI, Route planning

LANGUAGES
English: native
Irish: fluent
German (B1)

CERTIFICATES
Forklift licence, Safety Board, 2019
`;

describe('a plain text CV', () => {
  const { profile, facts, language } = extractCv(plainDocument(english));

  test('gives contact data in their normal forms', () => {
    expect(language).toBe('en');
    expect(profile.basics).toMatchObject({
      name: 'Orla Finnerty-Moss', label: 'Logistics Coordinator', email: 'orla.finnerty@example.com', phone: '+353 20 912 4471',
      location: { city: 'Galway', countryCode: 'IE' },
    });
    expect(profile.basics.summary).toContain('six years in road freight');
  });

  test('gives work with title, employer, place and partial dates', () => {
    expect(profile.work.map(({ position, name, location, startDate, endDate }) => ({ position, name, location, startDate, endDate }))).toEqual([
      { position: 'Logistics Coordinator', name: 'Westbay Freight Ltd', location: 'Galway', startDate: '2021-03', endDate: undefined },
      { position: 'Warehouse Assistant', name: 'Corrib Stores Ltd', location: 'Galway', startDate: '2018-06', endDate: '2021-02' },
    ]);
    expect(facts.currentWork).toEqual([profile.work[0]!.id]);
  });

  test('joins a wrapped duty and keeps one span per line', () => {
    const { evidence } = extractCv(plainDocument(english));
    expect(profile.work[0]!.highlights).toEqual(['Plan 40 departures a day with SAP and Excel', 'Introduced Power BI reports for the night shift']);
    const spans = evidence.find((each) => each.pointer === '/work/0/highlights/1')!.spans;
    expect(spans.map((span) => span.quote)).toEqual(['Introduced Power BI reports', 'for the night shift']);
  });

  test('gives education, skills, languages and certificates', () => {
    expect(profile.education[0]).toMatchObject({ studyType: 'BA', area: 'Business Studies', institution: 'University of Lough Mask', startDate: '2015', endDate: '2018' });
    expect(profile.skills.map((skill) => skill.name)).toEqual(['SAP', 'Excel', 'Power BI', 'Route planning']);
    expect(facts.languages.map(({ code, cefr }) => [code, cefr])).toEqual([['en', 'native'], ['ga', 'C1'], ['de', 'B1']]);
    expect(profile.certificates[0]).toMatchObject({ name: 'Forklift licence', issuer: 'Safety Board', date: '2019' });
    expect(facts.educationLevel).toBe('bachelor');
  });

  test('counts a skill for the months of the jobs that mention it', () => {
    const powerBi = facts.skills.find((skill) => skill.name === 'Power BI')!;
    // asOf is the latest date the text states: the current job began in it
    expect(powerBi.sources).toContain('skills');
    expect(powerBi.sources.some((source) => source === `work/${profile.work[0]!.id}`)).toBe(true);
    expect(powerBi.months).toBeGreaterThan(0);
    expect(facts.skills.find((skill) => skill.name === 'Route planning')?.months ?? null).toBeNull();
  });
});

describe('dates and durations', () => {
  const cv = (work: string): string => `Ada Quill\nada.quill@example.com\n\nWORK EXPERIENCE\n\n${work}\n\nSKILLS\nExcel, Word, Outlook\n`;

  test('overlapping jobs are counted once', () => {
    const { facts } = extractCv(plainDocument(cv('Accountant, Alder Ltd\n01/2020 - 12/2021\n\nTutor, Birch College\n07/2021 - 06/2022')));
    expect(facts.experienceMonths).toBe(30);
  });

  test('a running job ends with the document, never today', () => {
    const document = plainDocument(cv('Accountant, Alder Ltd\n01/2020 - present\n\nTutor, Birch College\n07/2018 - 12/2019'));
    expect(extractCv({ ...document, modifiedAt: '2022-06-30T10:00:00Z' }).facts).toMatchObject({ asOf: '2022-06-30', experienceMonths: 48 });
    expect(extractCv(document, { receivedAt: '2021-12-05' }).facts).toMatchObject({ asOf: '2021-12-05', experienceMonths: 42 });
  });

  test('several positions at one employer inherit it', () => {
    const { profile } = extractCv(plainDocument(cv('Alder Manufacturing Ltd, Leeds\nProduction Manager\n2019 - 2023\n- Led two lines\n\nShift Supervisor\n2016 - 2019\n- Ran the night shift')));
    expect(profile.work.map((entry) => [entry.position, entry.name])).toEqual([
      ['Production Manager', 'Alder Manufacturing Ltd'],
      ['Shift Supervisor', 'Alder Manufacturing Ltd'],
    ]);
  });

  test('employer first, title first and one-line entries are told apart', () => {
    const layouts = [
      'Brückner Anlagen GmbH, Kassel\n03/2018 – heute\nKonstrukteur\n\nWerk Nord AG, Celle\n01/2014 – 02/2018\nTechnischer Zeichner',
      'Konstrukteur\nBrückner Anlagen GmbH, Kassel\n03/2018 – heute\n\nTechnischer Zeichner\nWerk Nord AG, Celle\n01/2014 – 02/2018',
      '03/2018 – heute\nKonstrukteur, Brückner Anlagen GmbH, Kassel\n\n01/2014 – 02/2018\nTechnischer Zeichner, Werk Nord AG, Celle',
    ];
    for (const layout of layouts) {
      const { profile } = extractCv(plainDocument(`Jana Overbeck\njana.overbeck@example.org\n\nBERUFSERFAHRUNG\n\n${layout}\n\nKENNTNISSE\nCAD, Excel, Word\n`));
      expect(profile.work.map((entry) => [entry.position, entry.name, entry.location])).toEqual([
        ['Konstrukteur', 'Brückner Anlagen GmbH', 'Kassel'],
        ['Technischer Zeichner', 'Werk Nord AG', 'Celle'],
      ]);
    }
  });
});

describe('two columns', () => {
  test('the sidebar does not swallow the name and the main column', () => {
    const text = 'KONTAKT\nBremen\nmila.hartwig@example.org\nSPRACHEN\nDeutsch: Muttersprache\nEnglisch: B2\nMila Hartwig\nGrafikdesignerin\nBERUFSERFAHRUNG\n2019 – heute\nGrafikdesignerin\nStudio Nordlicht GmbH, Bremen\nMarken und Plakate für Museen';
    const sidebar = ['KONTAKT', 'Bremen', 'mila.hartwig@example.org', 'SPRACHEN', 'Deutsch: Muttersprache', 'Englisch: B2'];
    const layout = Object.fromEntries(
      text.split('\n').map((line, index) => {
        const inSidebar = sidebar.includes(line);
        const heading = /^\p{Lu}{4,}$/u.test(line);
        return [line, { x: inSidebar ? 30 : 200, y: 40 + (inSidebar ? index : index - sidebar.length) * 20, width: line.length * 5, fontSize: line === 'Mila Hartwig' ? 22 : heading ? 12 : 10, bold: heading }];
      }),
    );
    const { profile, facts } = extractCv(plainDocument(text, layout));
    expect(profile.basics).toMatchObject({ name: 'Mila Hartwig', label: 'Grafikdesignerin', location: { city: 'Bremen' } });
    expect(facts.languages.map((each) => each.code)).toEqual(['de', 'en']);
    expect(profile.work).toHaveLength(1);
    expect(profile.work[0]).toMatchObject({ position: 'Grafikdesignerin', name: 'Studio Nordlicht GmbH', startDate: '2019' });
  });
});

describe('what is not there is not invented', () => {
  const others = {
    recipe: 'Lemon Drizzle Cake\n\nIngredients\n225 g butter\n225 g sugar\n4 eggs\n\nMethod\n1. Heat the oven to 180 degrees.\n2. Beat the butter and sugar.\n3. Bake for 45 minutes.\n',
    invoice: 'Invoice No. 2024-118\nAlder Ltd, 4 Mill Lane, Leeds\nbilling@example.com  +44 7700 900123\nDate: 12.03.2024\nDue: 12.04.2024\n\nConsulting services  March 2024  1,200.00\nVAT 20 %  240.00\nTotal 1,440.00\n',
    form: 'Application form\n\nName:\nE-mail:\nPhone:\n\nWork experience:\n\nEducation:\n\nSkills:\n\nLanguages:\n',
    story: 'The tide had gone out by noon, and the boats lay on their sides in the mud. Nobody spoke.\nIn the evening the water came back.',
  };
  test.each(Object.entries(others))('a text that is no CV (%s) gives an empty profile and says so', (_, text) => {
    const { profile, evidence, facts, warnings } = extractCv(plainDocument(text));
    expect(warnings.map((warning) => warning.code)).toEqual(['not_a_cv']);
    expect(profile).toEqual({ basics: {}, work: [], education: [], skills: [], languages: [], certificates: [] });
    expect(evidence).toEqual([]);
    expect(facts).toMatchObject({ experienceMonths: 0, skills: [], titles: [], languages: [] });
  });

  test('birth date, nationality and marital status are read into nothing', () => {
    const text = english.replace('orla.finnerty@example.com', 'Date of birth: 4 May 1990\nNationality: Irish\nMarital status: married\norla.finnerty@example.com');
    const written = JSON.stringify({ ...extractCv(plainDocument(text)), language: '' });
    for (const word of ['1990', 'Nationality', 'married', 'Date of birth']) expect(written).not.toContain(word);
  });

  test('the contact block gives no skills', () => {
    const text = english.replace('12 Quay Row, Galway, Ireland', '12 Kotlin Row, Galway, Ireland');
    expect(extractCv(plainDocument(text)).facts.skills.map((skill) => skill.name)).not.toContain('Kotlin');
  });
});

const examples = join(import.meta.dirname, '../../../../examples/cvs');
describe.skipIf(!existsSync(examples))('every example CV', () => {
  const files = existsSync(examples) ? readdirSync(examples) : [];
  test.each(files)('%s: quotes are slices of the text, values valid, and the same input gives the same output', async (file) => {
    const document = await readDocument(readFileSync(join(examples, file)));
    const extraction = extractCv(document);
    expect(extractCv(structuredClone(document))).toEqual(extraction);
    profileSchema.parse(extraction.profile);
    cvFactsSchema.parse(extraction.facts);
    for (const span of spansOf(extraction)) {
      expect(span.quote).toBe(document.text.slice(span.start, span.end));
      expect(span.quote).not.toBe('');
      expect(pageOf(document, span.start)).toBe(span.page);
    }
    for (const { pointer, confidence } of extraction.evidence) {
      expect(valueAt(extraction.profile, pointer)).toBeTypeOf('string');
      expect(confidence).toBeGreaterThan(0);
    }
    expect(extraction.profile.basics.name).toBeDefined();
    expect(extraction.profile.basics.email).toBeDefined();
    expect(extraction.profile.work.length).toBeGreaterThan(0);
    const ids = [...extraction.profile.work, ...extraction.profile.education, ...extraction.profile.skills].map((entry) => entry.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

function spansOf({ evidence, facts }: Extraction) {
  return [...evidence, ...facts.skills, ...facts.languages, ...facts.drivingLicences].flatMap((each) => each.spans).concat(facts.educationSpans);
}

const pageOf = (document: ReadDocument, at: number): number | undefined => document.pages.find((page) => at >= page.start && at < page.end)?.page;

function valueAt(value: unknown, pointer: string): unknown {
  return pointer.split('/').slice(1).reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
}
