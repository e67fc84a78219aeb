import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { extractCv } from '../../../../sidecar/src/cvs/extract/extractCv.ts';
import { plainDocument } from './plainDocument.ts';

const isRefused = (text: string): boolean => extractCv(plainDocument(text)).warnings.some((warning) => warning.code === 'not_a_cv');

const others = {
  'a recipe (de)': 'Apfelkuchen vom Blech\n\nZutaten\n1 kg Äpfel\n300 g Mehl\n150 g Butter\n\nZubereitung\n1. Den Ofen auf 180 Grad vorheizen.\n2. Äpfel schälen und in Spalten schneiden.\n3. 40 Minuten backen.\n',
  'a recipe (it)': 'Risotto ai funghi\n\nIngredienti\n320 g di riso\n250 g di funghi\n1 cipolla\n\nPreparazione\nTritate la cipolla e fatela appassire nel burro.\nUnite il riso e tostatelo per 2 minuti.\n',
  'an invoice (fr)': 'FACTURE\nNuméro de facture : 2024-118\nDate de facture : 12/03/2024\nAtelier Brunel SARL\n4 rue des Tanneurs, 44000 Nantes\ncompta@example.com\n\nPrestation de conseil du 01/02/2024 au 29/02/2024  1 200,00\nTVA 20 %  240,00\nTotal TTC  1 440,00\nÉchéance : 12/04/2024\nIBAN FR00 0000\n',
  'an invoice (nl)': 'FACTUUR\nFactuurnummer 2024-77\nFactuurdatum 3 mei 2024\nHoutzaagmolen BV, Kade 8, Zwolle\nadministratie@example.com  +31 85 000 00 00\n\nProject management april 2024  3.200,00\nSubtotaal  3.200,00\nBTW 21%  672,00\nTe betalen  3.872,00\n',
  'an empty form': 'Application form\n\nName: ______\nE-mail: ______\nPhone: ______\n\nWork experience\nEmployer:\nFrom:\nTo:\n\nEducation\nSchool:\nDegree:\n\nSkills:\n\nLanguages:\n',
  'an advertisement (en)': 'Backend Engineer\nAlder Systems Ltd, Leeds\n\nWe are looking for a backend engineer to join our team.\n\nYour responsibilities\n- Build APIs with Java and Kotlin\n- Run services on Kubernetes\n\nExperience\n- 5 years of experience with Java, Spring and PostgreSQL\n- Docker, Kafka, AWS\n\nEducation\nBachelor of Science in Computer Science\n\nWe offer 30 days of leave and a competitive salary. Please send your CV to jobs@example.com, +44 1632 960 100.\n',
  'an advertisement (de)': 'Bilanzbuchhalter (m/w/d)\nBrückner Anlagen GmbH, Kassel\n\nIhre Aufgaben\n- Monats- und Jahresabschlüsse nach HGB\n- Umsatzsteuervoranmeldungen\n\nIhr Profil\n- Abgeschlossene Ausbildung\n- SAP, DATEV, Excel\n- Englisch B2\n\nWir bieten flexible Arbeitszeiten.\nIhre Bewerbung an bewerbung@example.org\n',
  'an advertisement (fr)': "Comptable général (H/F)\nEntreprise Lavigne, Lyon\n\nNous recherchons un comptable pour notre siège.\n\nVos missions\n- Clôtures mensuelles\n- Déclarations de TVA\n\nProfil recherché\nFormation : BTS ou DCG\nCompétences : Sage, SAP, Excel\n\nEnvoyez votre CV à emploi@example.org\n",
  'an advertisement (es)': 'Enfermera de UCI\nHospital del Valle, Sevilla\n\nBuscamos enfermera para turno de noche.\n\nRequisitos\n- Grado en Enfermería\n- Experiencia mínima de 2 años\n- Inglés B1\n\nOfrecemos contrato indefinido desde 2025.\nEnvía tu CV a rrhh@example.org\n',
  'an advertisement without the usual words': 'Senior Data Engineer\nLondon\n\nExperience\n5+ years with Python, SQL and Spark\nAirflow or Dagster\n\nEducation\nDegree in Computer Science or Mathematics\n\nSkills\nPython, SQL, Spark, Airflow, Terraform, AWS\n\nApplications: talent@example.com\n',
  'a news article (pt)': 'Câmara aprova novo mercado\n\nA câmara municipal aprovou na terça-feira a construção de um novo mercado, que deverá abrir em 2027. O presidente afirmou que a obra, prevista desde 2019, vai criar 120 empregos.\n\nA oposição votou contra. Entre 2015 e 2020 o projeto esteve parado por falta de verbas.\n',
  'a news article (en)': 'Port reopens after storm\n\nThe harbour reopened on Monday after three days. The port director, Mara Quill, said that crews had worked since Friday. From 2018 to 2023 the port spent 40 million on new walls.\n\nContact: newsdesk@example.com\n',
  'a policy (nl)': 'Thuiswerkbeleid\n\n1. Doel\nDit beleid regelt het werken op afstand.\n\n2. Afspraken\nMedewerkers werken ten hoogste drie dagen per week thuis. De leidinggevende keurt het rooster goed.\n\n3. Opleiding\nIedere medewerker volgt jaarlijks een training informatiebeveiliging.\n\nVragen: hr@example.org\n',
  'source code': "import { readFile } from 'node:fs/promises';\n\nexport async function load(path) {\n  const text = await readFile(path, 'utf8');\n  return JSON.parse(text);\n}\n\n// contact: dev@example.com\nconst skills = ['Java', 'Python', 'SQL', 'Docker', 'Kafka'];\nfor (const skill of skills) {\n  console.log(skill);\n}\n",
  'a page about a technology': 'Getting started\n\nInstall Docker and Kubernetes, then create a PostgreSQL database. The example uses Python, Flask, Redis and Kafka.\n\nQuestions go to support@example.com.\n',
};

describe('what is no CV is refused', () => {
  test.each(Object.entries(others))('%s', (_, text) => expect(isRefused(text)).toBe(true));

  const knowledge = join(import.meta.dirname, '../../../../examples/knowledge');
  const jobs = join(import.meta.dirname, '../../../../examples/jobs');
  const files = [knowledge, jobs].filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  test.each(files)('the example document %s', (file) => expect(isRefused(readFileSync(file, 'utf8'))).toBe(true));
});

const cvs = {
  'without any heading or contact': 'Tomas Grell\n\n03/2019 - present\nWarehouse Supervisor, Alder Stores Ltd\nPlanned shifts\n\n01/2015 - 02/2019\nForklift Driver, Birch Logistics Ltd\n',
  'whose line ends were lost': 'Tomas Grell  12 Quay Road, Leeds  tomas.grell@example.com    OBJECTIVE  A supervising position in a warehouse of a growing firm    WORK EXPERIENCE  Alder Stores Ltd, Leeds  Warehouse Supervisor, 2019 - present  Forklift Driver, Birch Logistics Ltd 2015 - 2019    EDUCATION  Diploma in Logistics, Leeds College',
  'in one line with headings between': 'Tomas Grell tomas.grell@example.com EDUCATION Diploma in Logistics, Leeds College 2015 WORK EXPERIENCE Warehouse Supervisor at Alder Stores Ltd 2019 - present, forklift driver before that; planned shifts for forty people and ran the yard',
  'of a recruiter who quotes advertisements': 'Ines Falk\nines.falk@example.org\n\nWORK EXPERIENCE\n\n2019 - present\nRecruiter, Alder Ltd\nRewrote every "we are looking for" and "we offer" of our advertisements\n\n2015 - 2019\nHR Assistant, Birch Ltd\n',
  'that begins with a career': 'Ich bin gelernte Köchin und suche eine Stelle in Bremen.\nIch habe zwölf Jahre in Hotels gearbeitet.\n\nBerufserfahrung\nKöchin, Hotel Nordwind GmbH\n\nAusbildung\nAusbildung zur Köchin\n',
};

describe('what is a CV passes', () => {
  test.each(Object.entries(cvs))('%s', (_, text) => expect(isRefused(text)).toBe(false));
});
