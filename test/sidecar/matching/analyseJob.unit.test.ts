import { describe, expect, it } from 'vitest';
import { analyseJob } from '../../../sidecar/src/matching/analyseJob/analyseJob.ts';
import { jobAnalysisSchema } from '../../../sidecar/src/matching/types.ts';
import type { Requirement } from '../../../sidecar/src/matching/types.ts';

const find = (requirements: Requirement[], kind: Requirement['kind']) => requirements.filter((requirement) => requirement.kind === kind);

const german = `Stellenangebot: Backend-Entwickler (m/w/d)

Ihre Aufgaben
- Sie betreiben Kubernetes und führen ein Team von drei Personen
- Sie beraten unsere Kunden

Ihr Profil
- Mindestens 5 Jahre Berufserfahrung in der Softwareentwicklung
- Java oder Kotlin
- Sehr gute Deutschkenntnisse (C1), Englisch B2
- Führerschein Klasse B
- Freude am frühen Aufstehen

Von Vorteil
- Docker

Wir bieten
- 30 Tage Urlaub und PostgreSQL-Schulungen`;

describe('a job advertisement', () => {
  it('quotes the advertisement exactly for every requirement and the title', () => {
    const analysis = analyseJob(german);
    expect(() => jobAnalysisSchema.parse(analysis)).not.toThrow();
    const spans = [...analysis.titleEvidence, ...analysis.requirements.flatMap((requirement) => requirement.evidence)];
    expect(spans.length).toBeGreaterThan(6);
    for (const span of spans) expect(german.slice(span.start, span.end)).toBe(span.quote);
  });

  it('reads title, years, alternatives, languages and licence of a German one', () => {
    const { title, language, seniority, requirements } = analyseJob(german);
    expect(title).toBe('Backend-Entwickler');
    expect(language).toBe('de');
    expect(seniority).toBe('senior');
    expect(find(requirements, 'experience')).toMatchObject([{ minYears: 5, importance: 'must' }]);
    expect(find(requirements, 'language')).toMatchObject([{ languageCode: 'de', cefr: 'C1' }, { languageCode: 'en', cefr: 'B2' }]);
    expect(find(requirements, 'licence')).toMatchObject([{ licenceCategory: 'B' }]);
    expect(find(requirements, 'skill').find((skill) => skill.label === 'Java oder Kotlin')?.skillIds).toHaveLength(2);
  });

  it('takes no requirement from tasks and benefits, and weakens those under "Von Vorteil"', () => {
    const { requirements } = analyseJob(german);
    const labels = find(requirements, 'skill').map((requirement) => `${requirement.importance} ${requirement.label}`);
    expect(labels).toEqual(['must Java oder Kotlin', 'nice Docker']);
  });

  it('keeps a point it cannot read as something for a person to judge', () => {
    expect(find(analyseJob(german).requirements, 'other')).toMatchObject([{ label: 'Freude am frühen Aufstehen', importance: 'must' }]);
  });

  it('answers the same ids for the same text, whatever stands around a requirement', () => {
    const ids = (text: string) => new Map(analyseJob(text).requirements.map((requirement) => [requirement.label, requirement.id]));
    const before = ids(german);
    const after = ids(german.replace('- Java oder Kotlin\n', ''));
    expect([...ids(german)]).toEqual([...before]);
    for (const [label, id] of after) expect(before.get(label)).toBe(id);
  });

  it('warns when it asks for nothing', () => {
    const analysis = analyseJob('Our company has a nice garden and a pond with fish in it.');
    expect(analysis.requirements).toEqual([]);
    expect(analysis.warnings.map((warning) => warning.code)).toContain('job_without_requirements');
    expect(analyseJob('').warnings.map((warning) => warning.code)).toContain('job_without_requirements');
  });

  it.each([
    ['en', 'What you need\n- at least four years of experience in sales', 4],
    ['fr', 'Votre profil\n- Cinq ans d\'expérience ou plus dans la vente', 5],
    ['de', 'Was wir erwarten\n- mindestens drei Jahre im Verkauf', 3],
    ['es', 'Requisitos\n- Un mínimo de tres años de experiencia en ventas', 3],
    ['it', 'Requisiti\n- esperienza non inferiore a cinque anni nelle vendite', 5],
    ['pt', 'O que é indispensável\n- Pelo menos três anos de experiência em vendas', 3],
    ['nl', 'Dit vragen wij\n- Ten minste drie jaar ervaring in de verkoop', 3],
  ])('reads years in number words (%s)', (language, text, years) => {
    expect(find(analyseJob(text, { language }).requirements, 'experience')).toMatchObject([{ minYears: years, importance: 'must' }]);
  });

  it.each([
    ['en', 'Must be at least 18 years old'],
    ['de', 'Seit 30 Jahren ein Familienbetrieb'],
  ])('takes an age or a company history for no experience (%s)', (language, line) => {
    expect(find(analyseJob(`Requirements\n- ${line}`, { language }).requirements, 'experience')).toEqual([]);
  });

  it.each([
    ['en', 'Nice to have', 'nice'], ['en', 'It would be great if you also had', 'nice'], ['en', 'Preferred qualifications', 'nice'], ['en', 'Qualifications', 'must'],
    ['fr', 'Ce que nous attendons', 'must'], ['fr', 'Serait un plus', 'nice'], ['de', 'Das bringen Sie mit', 'must'], ['de', 'Willkommen, aber keine Bedingung', 'nice'],
    ['es', 'Lo que necesitamos sí o sí', 'must'], ['es', 'Se valorará', 'nice'], ['it', 'Requisiti indispensabili', 'must'], ['it', 'Costituiscono titolo preferenziale', 'nice'],
    ['pt', 'O que procuramos', 'must'], ['pt', 'Diferenciais', 'nice'], ['nl', 'Wat breng je mee?', 'must'], ['nl', 'Dit is een pluspunt', 'nice'],
  ])('knows the heading (%s) "%s" as %s', (language, heading, importance) => {
    const { requirements } = analyseJob(`Acme\n\n${heading}\n- Python\n`, { language });
    expect(requirements).toMatchObject([{ kind: 'skill', importance }]);
  });

  it('weakens only the remark in "required, ideally also": the rest stays a must', () => {
    const { requirements } = analyseJob('Requirements\n- Python for data work, ideally also Docker', { language: 'en' });
    expect(requirements.map(({ label, importance }) => `${importance} ${label}`)).toEqual(expect.arrayContaining(['must Python for data work', 'nice ideally also Docker']));
  });

  it.each([
    ['We are hiring a senior data engineer to join our team in Cork. You know Python.', 'senior data engineer'],
    ['Wir suchen eine Buchhalterin für unser Büro. Sie kennen SAP.', 'Buchhalterin'],
    ['Nous recherchons un comptable pour notre siège. Vous connaissez SAP.', 'comptable'],
  ])('finds the title in running text: %s', (text, title) => {
    expect(analyseJob(text).title).toBe(title);
  });

  it('prefers the title it is given', () => {
    expect(analyseJob('Requirements\n- Python', { title: 'Data engineer', language: 'en' }).title).toBe('Data engineer');
  });

  it('counts languages where the job does', () => {
    const { requirements } = analyseJob('What you need\n- Two languages at C1 or above, for example German and English', { language: 'en' });
    expect(requirements).toMatchObject([{ kind: 'language', languageCount: 2, cefr: 'C1' }]);
  });
});

it('keeps a requirement whose sentence also names the occupation', () => {
  const analysis = analyseJob('Was wir erwarten\n- Wenigstens drei Jahre als Softwareentwickler in einem Team', { language: 'de' });
  expect(find(analysis.requirements, 'experience')).toMatchObject([{ minYears: 3 }]);
});

describe('the lines of real advertisements', () => {
  const read = (line: string, language: string) =>
    analyseJob(`Acme\n\nRequirements\n- ${line}`, { language }).requirements.map((requirement) =>
      Object.fromEntries(Object.entries(requirement).filter(([key]) => !['id', 'label', 'evidence'].includes(key))),
    );

  it('weakens "German is a plus" and leaves the English before it a must', () => {
    expect(read('Fluent English; German is a plus', 'en')).toMatchObject([{ languageCode: 'en', importance: 'must' }, { languageCode: 'de', importance: 'nice' }]);
    expect(read('Je beheerst de Nederlandse taal goed, Engels is een pré', 'nl')).toMatchObject([{ languageCode: 'nl', importance: 'must' }, { languageCode: 'en', importance: 'nice' }]);
  });

  it('asks for the tools of a number of years as well', () => {
    expect(read('5+ years of experience with Python and Docker', 'en')).toMatchObject([
      { kind: 'experience', minYears: 5, skillIds: ['skill/python', 'skill/docker'] },
      { kind: 'skill', skillIds: ['skill/python'] },
      { kind: 'skill', skillIds: ['skill/docker'] },
    ]);
  });

  it('reads a licence category without taking it for a skill', () => {
    expect(read('Permis CE', 'fr')).toEqual([{ kind: 'licence', importance: 'must', licenceCategory: 'CE' }]);
    expect(read('Führerschein der Klasse C1 zwingend erforderlich', 'de')).toMatchObject([{ kind: 'licence', licenceCategory: 'C1' }]);
  });

  it('reads degree and fields', () => {
    expect(read('Grado en Matemáticas o Física', 'es')).toEqual([{ kind: 'education', importance: 'must', educationLevel: 'bachelor', educationFields: ['Matemáticas', 'Física'] }]);
    expect(read("Bachelor's degree with a major in accounting or finance", 'en')).toMatchObject([{ educationLevel: 'bachelor', educationFields: ['accounting', 'finance'] }]);
    expect(read('Ein abgeschlossenes Ingenieurstudium im Maschinenbau', 'de')).toMatchObject([{ educationLevel: 'bachelor', educationFields: ['Maschinenbau', 'Ingenieur'] }]);
  });

  it('reads several years as experience without a number', () => {
    expect(read('Mehrjährige Berufserfahrung', 'de')).toEqual([{ kind: 'experience', importance: 'must' }]);
  });
});
