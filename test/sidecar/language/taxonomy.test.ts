import { describe, expect, it } from 'vitest';
import {
  allOccupations,
  allOrdinaryPhrases,
  allSkills,
  findSkills,
  getOccupation,
  getSkill,
  linkOccupation,
  linkSkill,
  occupationRelation,
  skillLabel,
  skillRelation,
  taxonomyRevision,
} from '../../../sidecar/src/language/taxonomy.ts';
import { createSkillFinder } from '../../../sidecar/src/language/findSkills.ts';
import { exactKey } from '../../../sidecar/src/language/labelKeys.ts';

const found = (text: string, language: string) => findSkills(text, language).map((mention) => mention.skillId.slice('skill/'.length));

describe('the taxonomy data', () => {
  it('holds no name of one language for two concepts', () => {
    for (const concepts of [allSkills(), allOccupations()]) {
      const owner = new Map<string, string>();
      for (const concept of concepts) {
        for (const alias of concept.aliases) {
          const key = `${alias.language}:${exactKey(alias.text)}`;
          expect([key, owner.get(key) ?? concept.id]).toEqual([key, concept.id]);
          owner.set(key, concept.id);
        }
      }
    }
  });

  it('is broad enough to start with and names its revision', () => {
    expect(allSkills().length).toBeGreaterThanOrEqual(450);
    expect(allOccupations().length).toBeGreaterThanOrEqual(120);
    expect(taxonomyRevision).toMatch(/^[0-9a-f]{12}$/);
  });

  it('names a trade in every language and a technology once', () => {
    expect(skillLabel('skill/welding', 'de')).toBe('Schweißen');
    expect(skillLabel('skill/welding', 'pt')).toBe('soldadura');
    expect(skillLabel('skill/postgresql', 'fr')).toBe('PostgreSQL');
    expect(skillLabel('skill/unknown', 'fr')).toBe('skill/unknown');
    expect(getSkill('skill/spring-boot')?.requires).toContain('skill/java');
    expect(getOccupation('occupation/nurse')?.group).toBe('nursing');
  });
});

describe('findSkills', () => {
  it('quotes exactly the slice of the original text', () => {
    const text = 'Développement d’API REST en Node.js, gestion des stocks\nSoudage TIG';
    const mentions = findSkills(text, 'fr');
    expect(mentions.map((mention) => mention.skillId)).toContain('skill/inventory-management');
    for (const mention of mentions) expect(text.slice(mention.start, mention.end)).toBe(mention.quote);
  });

  it.each([
    ['en', 'Managing budgets and welding frames; strong in PostgreSQL.', ['welding', 'postgresql']],
    ['fr', 'Gestion de la qualité et tableaux croisés dynamiques', ['quality-management', 'excel']],
    ['de', 'Wundversorgung, Instandhaltung und .NET', ['wound-care', 'maintenance', 'dotnet']],
    ['es', 'Manejo de carretillas elevadoras y preparación de pedidos', ['forklift', 'order-picking']],
    ['it', 'Saldatura e manutenzione degli impianti', ['welding', 'maintenance']],
    ['pt', 'Planeamento de aulas e avaliação de alunos', ['lesson-planning', 'student-assessment']],
    ['nl', 'Voorraadbeheer en heftruckchauffeur', ['inventory-management', 'forklift']],
  ])('finds skills in %s', (language, text, expected) => {
    for (const id of expected) expect(found(text, language)).toContain(id);
  });

  it('takes the longest name', () => {
    expect(found('Spring Boot and Microsoft SQL Server', 'en')).toEqual(['spring-boot', 'sql-server']);
  });

  it.each([
    ['We excelled: people excel at sales when they go the extra mile', ['excel', 'go']],
    ['Joined in Spring 2019, headed R&D and C-level reporting', ['spring', 'r', 'c']],
    ['John C. Smith, driving licence C, D and CE', ['c', 'r']],
    ['A swift reaction to customers, express delivery, React to complaints', ['swift', 'react', 'express']],
    ['Gave access to teams and kept my word', ['access', 'word', 'microsoft-teams']],
    ['Climbed a helm, drank java', ['helm']],
    ['The Oracle of Delphi was a rust belt story', ['oracle-database', 'rust']],
  ])('leaves ambiguous words alone: %s', (text, forbidden) => {
    for (const id of forbidden) expect(found(text, 'en')).not.toContain(id);
  });

  it('accepts ambiguous names in a list of skills, or with words of their field', () => {
    expect(found('C, R, Go, Python (advanced), Excel', 'en')).toEqual(['c', 'r', 'go', 'python', 'excel']);
    expect(found('word, excel, powerpoint', 'en')).toEqual(['word', 'excel', 'powerpoint']);
    expect(found('Sehr gute Excel-Kenntnisse', 'de')).toEqual(['excel']);
    expect(found('Built Java services with Spring', 'en')).toContain('spring');
    expect(found('Go', 'en')).toEqual(['go']);
  });

  it('does work that grows with the length of the text and not faster', () => {
    const page = 'Led a team of nurses in production, managed the budget and wrote Python, R, Go and C++ tools. ';
    const steps = (repeats: number) => {
      let count = 0;
      createSkillFinder(allSkills(), 'en', allOrdinaryPhrases(), () => count++)(page.repeat(repeats));
      return count;
    };
    const [short, long] = [steps(50), steps(2000)];
    expect(short).toBeGreaterThan(50);
    expect(long / short).toBeLessThan(41);
    expect(long / (2000 * page.length)).toBeLessThan(1);
  });
});

describe('products that are often taken for one another', () => {
  it.each([
    ['Creo Parametric, Siemens NX', ['creo', 'siemens-nx']],
    ['Pro/ENGINEER and CATIA V5', ['creo', 'catia']],
    ['MySQL, MariaDB', ['mysql', 'mariadb']],
    ['Oracle DB, PL/SQL, T-SQL', ['oracle-database', 'pl-sql', 't-sql']],
    ['Vue.js, Nuxt', ['vue', 'nuxt']],
    ['Angular and AngularJS', ['angular', 'angularjs']],
    ['Java, JavaScript', ['java', 'javascript']],
    ['C/C++/C#', ['c', 'cpp', 'csharp']],
    ['HTML/CSS', ['html', 'css']],
    ['Word, Excel', ['word', 'excel']],
    ['SAP FI, SAP MM, SAP EWM, SAP PP', ['sap-fi', 'sap-mm', 'sap-ewm', 'sap-pp']],
    ['SAP S/4HANA, SAP HANA', ['sap-s4hana', 'sap-hana']],
    ['Sage 50, Sage 100, Sage X3', ['sage-50', 'sage-100', 'sage-x3']],
    ['HubSpot, Salesforce', ['hubspot', 'salesforce']],
    ['Zendesk, Freshdesk, ServiceNow', ['zendesk', 'freshdesk', 'servicenow']],
    ['AutoCAD, Revit, ArchiCAD', ['autocad', 'revit', 'archicad']],
    ['SolidWorks, Solid Edge', ['solidworks', 'solid-edge']],
    ['DATEV, Lexware', ['datev', 'lexware']],
    ['IFRS, US GAAP, HGB', ['ifrs', 'us-gaap', 'hgb']],
    ['Redis, Memcached', ['redis', 'memcached']],
    ['TensorFlow, Keras', ['tensorflow', 'keras']],
    ['Jest, Mocha, Vitest', ['jest', 'mocha', 'vitest']],
    ['GitHub, GitLab, Bitbucket', ['github', 'gitlab', 'bitbucket']],
    ['Premiere Pro, Final Cut Pro', ['premiere', 'final-cut-pro']],
  ])('tells them apart: %s', (text, ids) => {
    expect(found(text, 'en')).toEqual(ids);
  });

  it('relates them to one another and to their kind', () => {
    expect(skillRelation('skill/catia', 'skill/creo')).toBe('related');
    expect(skillRelation('skill/catia', 'skill/siemens-nx')).toBe('related');
    expect(skillRelation('skill/cad', 'skill/creo')).toBe('narrower');
    expect(skillRelation('skill/mysql', 'skill/mariadb')).toBe('related');
    expect(skillRelation('skill/sap', 'skill/sap-ewm')).toBe('narrower');
    expect(skillRelation('skill/accounting-software', 'skill/sage')).not.toBe('same');
  });
});

describe('abbreviations that mean several things', () => {
  it.each([
    ['pt', 'Curso de SAV e SBV, enfermeira em cuidados intensivos', 'advanced-life-support', true],
    ['pt', 'Telefonar para SAV da loja', 'advanced-life-support', false],
    ['fr', 'Technicien SAV électroménager', 'after-sales-service', true],
    ['fr', 'Technicien SAV électroménager', 'advanced-life-support', false],
    ['en', 'ICU nurse, ALS provider', 'advanced-life-support', true],
    ['de', 'TÄTIG ALS BÄCKER', 'advanced-life-support', false],
    ['en', 'Designed an API for partners', 'plc', false],
    ['fr', 'Programmation d’API Siemens et Schneider, automate', 'plc', true],
    ['fr', 'Comptable chez Martin SAS', 'sas', false],
    ['en', 'SAS, SPSS and R', 'sas', true],
    ['fr', 'Rédaction de PV de séance', 'photovoltaics', false],
    ['de', 'Montage von PV Anlagen', 'photovoltaics', true],
    ['fr', 'Habilitation électrique BR, B2V', 'electrical-authorisation', true],
    ['pt', 'Rua das Flores, São Paulo, BR', 'electrical-authorisation', false],
    ['fr', 'Paie, DSN et solde de tout compte', 'payroll-declarations', true],
    ['it', 'Modello 730, F24 e dichiarazioni IVA', 'tax-returns', true],
    ['pt', 'Entrega do IRS e do IRC, IES', 'tax-returns', true],
    ['en', 'Reopened a PR on Tuesday', 'public-relations', false],
    ['pt', 'Doentes em UCI e UTI, enfermeiro', 'intensive-care', true],
    ['en', 'Treated UTI and other infections', 'intensive-care', false],
    ['fr', 'Rapport du GDP en hausse', 'gmp', false],
    ['en', 'GMP, GDP and GLP in pharmaceutical distribution', 'gdp-good-distribution-practice', true],
    ['fr', 'GPEC et NAO, dialogue avec le CSE', 'labour-relations', true],
    ['fr', 'Port des EPI sur le chantier', 'personal-protective-equipment', true],
  ])('%s: %s → %s is %s', (language, text, id, expected) => {
    expect(found(text, language).includes(id)).toBe(expected);
  });
});

describe('linkSkill', () => {
  it.each([
    ['Java 8–21', 'java'],
    ['AWS (EKS, RDS)', 'aws'],
    ['Kenntnisse in Python', 'python'],
    ['Excel avancé', 'excel'],
    ['R', 'r'],
    ['Gestion de stock', 'inventory-management'],
    ['Schweissen', 'welding'],
  ])('knows %s by name', (name, id) => {
    expect(linkSkill(name)).toEqual({ id: `skill/${id}`, confidence: 1 });
  });

  it.each([
    ['customer complaints handling', 'complaint-handling'],
    ['AutoCAD 2D', 'autocad'],
    ['Elektronische Patientendokumentation', 'patient-documentation'],
    ['Planung von Unterricht', 'lesson-planning'],
    ['negociação de contratos comerciais', 'sales-negotiation'],
    ['preventief onderhoud van machines', 'preventive-maintenance'],
    ['Verlegen von Fliesen', 'tiling'],
    ['instalación de cuadros eléctricos', 'switchgear'],
    ['entretien des espaces verts publics', 'gardening'],
  ])('links %s although it is no alias', (name, id) => {
    const link = linkSkill(name);
    expect(link?.id).toBe(`skill/${id}`);
    expect(link!.confidence).toBeLessThan(1);
  });

  it.each(['qwertz', 'beekeeping', 'Zorbflow 3000', 'Kubrick', 'opera singing', 'Chess club', 'Postbank', 'Reactor physics', 'Marionette', 'piano', 'references on request', ''])(
    'links %s to nothing',
    (name) => {
      expect(linkSkill(name)).toBeNull();
    },
  );
});

describe('linkOccupation', () => {
  it.each([
    ['Senior Backend Engineer (m/w/d)', 'backend-developer'],
    ['Gesundheits- und Krankenpflegerin', 'nurse'],
    ['Chargée de recrutement', 'recruiter'],
    ['Moza de almacén', 'warehouse-worker'],
    ['Infermiera', 'nurse'],
    ['Motorista de pesados', 'truck-driver'],
    ['Medewerker klantenservice', 'customer-service-representative'],
    ['Developpeur/euse web', 'web-developer'],
  ])('knows %s by name', (title, id) => {
    expect(linkOccupation(title)).toEqual({ id: `occupation/${id}`, confidence: 1 });
  });

  it.each([
    ['Kindergartenpädagogin', ['preschool-teacher', 'childcare-worker']],
    ['Ingénieure développement logiciel embarqué', ['embedded-developer']],
    ['Verpleegkundige chirurgie', ['nurse', 'specialist-nurse']],
    ['Técnica de mantenimiento industrial', ['maintenance-technician']],
    ['Maths teacher at a comprehensive school', ['secondary-teacher']],
  ])('links %s although it is no alias', (title, ids) => {
    expect(ids.map((id) => `occupation/${id}`)).toContain(linkOccupation(title)?.id);
  });

  it.each(['Astronaut', 'xyz', 'Winner of the school prize', ''])('links %s to nothing', (title) => {
    expect(linkOccupation(title)).toBeNull();
  });
});

describe('relations', () => {
  it('tells what the second skill is to the first', () => {
    expect(skillRelation('skill/java', 'skill/java')).toBe('same');
    expect(skillRelation('skill/postgresql', 'skill/relational-databases')).toBe('broader');
    expect(skillRelation('skill/relational-databases', 'skill/postgresql')).toBe('narrower');
    expect(skillRelation('skill/react', 'skill/angular')).toBe('related');
    expect(skillRelation('skill/spring-boot', 'skill/java')).toBe('related');
    expect(skillRelation('skill/java', 'skill/haskell')).toBe('none');
    expect(skillRelation('skill/java', 'skill/welding')).toBe('none');
    expect(skillRelation('skill/java', 'skill/not-there')).toBe('none');
  });

  it('tells neighbouring professions from others, both ways', () => {
    expect(occupationRelation('occupation/nurse', 'occupation/nurse')).toBe('same');
    expect(occupationRelation('occupation/nurse', 'occupation/specialist-nurse')).toBe('related');
    expect(occupationRelation('occupation/specialist-nurse', 'occupation/nurse')).toBe('related');
    expect(occupationRelation('occupation/plumber', 'occupation/tiler')).toBe('same-group');
    expect(occupationRelation('occupation/nurse', 'occupation/welder')).toBe('none');
  });
});
