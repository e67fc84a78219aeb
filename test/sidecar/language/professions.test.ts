import { describe, expect, it } from 'vitest';
import { allOccupations, allSkills, linkOccupation, linkSkill } from '../../../sidecar/src/language/taxonomy.ts';
import { supportedLanguages } from '../../../sidecar/src/language/types.ts';

const nameless = (concepts: ReturnType<typeof allSkills> | ReturnType<typeof allOccupations>) =>
  concepts.flatMap((concept) =>
    supportedLanguages
      .filter((language) => !concept.aliases.some((alias) => alias.language === language || alias.language === 'any'))
      .map((language) => `${concept.id} has no name in ${language}`),
  );

describe('breadth', () => {
  it('names every skill and every occupation in all seven languages', () => {
    expect([...nameless(allSkills()), ...nameless(allOccupations())]).toEqual([]);
  });
});

describe('titles of one profession in seven languages and both genders', () => {
  it.each([
    ['electrician', 'Electrician', 'Électricienne', 'Elektrikerin', 'Electricista', 'Elettricista', 'Eletricista', 'Elektricien'],
    ['warehouse-worker', 'Warehouse operative', 'Magasinière', 'Lageristin', 'Moza de almacén', 'Magazziniera', 'Operadora de armazém', 'Magazijnmedewerker'],
    ['truck-driver', 'HGV driver', 'Conductrice poids lourds', 'Lkw-Fahrerin', 'Camionera', 'Camionista', 'Motorista de pesados', 'Vrachtwagenchauffeur'],
    ['hr-manager', 'HR manager', 'Directrice des ressources humaines', 'Personalleiterin', 'Directora de recursos humanos', 'Responsabile risorse umane', 'Diretora de recursos humanos', 'HR-manager'],
    ['pharmacist', 'Pharmacist', 'Pharmacienne', 'Apothekerin', 'Farmacéutica', 'Farmacista', 'Farmacêutica', 'Apotheker'],
    ['primary-teacher', 'Primary school teacher', 'Professeure des écoles', 'Grundschullehrerin', 'Maestra de primaria', 'Maestra elementare', 'Professora do 1.º ciclo', 'Leerkracht basisonderwijs'],
    ['welder', 'Welder', 'Soudeuse', 'Schweißerin', 'Soldadora', 'Saldatrice', 'Soldadora', 'Lasser'],
    ['physiotherapist', 'Physiotherapist', 'Masseuse-kinésithérapeute', 'Physiotherapeutin', 'Fisioterapeuta', 'Fisioterapista', 'Fisioterapeuta', 'Fysiotherapeut'],
    ['security-guard', 'Security guard', 'Agente de sécurité', 'Sicherheitsmitarbeiterin', 'Vigilante de seguridad', 'Guardia giurata', 'Vigilante', 'Beveiliger'],
    ['tax-assistant', 'Tax assistant', 'Assistante fiscale', 'Steuerfachangestellte', 'Auxiliar fiscal', 'Impiegata fiscale', 'Assistente fiscal', 'Fiscaal medewerker'],
    ['landscape-architect', 'Landscape architect', 'Architecte paysagiste', 'Landschaftsarchitektin', 'Paisajista', 'Paesaggista', 'Arquiteta paisagista', 'Tuinarchitecte'],
    ['property-manager', 'Property manager', 'Gestionnaire locative', 'Hausverwalterin', 'Administradora de fincas', 'Amministratrice di condominio', 'Gestora de condomínios', 'Vastgoedbeheerder'],
    ['toolmaker', 'Toolmaker', 'Outilleuse', 'Werkzeugmechanikerin', 'Matricera', 'Attrezzista', 'Ferramenteira', 'Gereedschapmaker'],
    ['insurance-clerk', 'Insurance clerk', 'Gestionnaire d’assurances', 'Versicherungssachbearbeiterin', 'Empleada de seguros', 'Impiegata assicurativa', 'Técnica de seguros', 'Verzekeringsmedewerkster'],
  ])('%s', (id, ...titles) => {
    titles.forEach((title, i) => expect([title, linkOccupation(title, supportedLanguages[i])?.id]).toEqual([title, `occupation/${id}`]));
  });
});

describe('skills of one profession in seven languages', () => {
  it.each([
    ['dangerous-goods', 'dangerous goods', 'matières dangereuses', 'Gefahrgut', 'mercancías peligrosas', 'merci pericolose', 'matérias perigosas', 'gevaarlijke stoffen'],
    ['personal-protective-equipment', 'personal protective equipment', 'équipements de protection individuelle', 'persönliche Schutzausrüstung', 'equipos de protección individual', 'DPI', 'EPI', 'PBM'],
    ['laser-cutting', 'laser cutting', 'découpe laser', 'Laserschneiden', 'corte por láser', 'taglio laser', 'corte a laser', 'lasersnijden'],
    ['lease-management', 'tenancy agreements', 'gestion des baux', 'Nebenkostenabrechnung', 'gestión de alquileres', 'contratti di locazione', 'contratos de arrendamento', 'huurcontracten'],
    ['variance-analysis', 'variance analysis', 'analyse des écarts', 'Soll-Ist-Vergleich', 'análisis de desviaciones', 'analisi degli scostamenti', 'análise de desvios', 'afwijkingsanalyse'],
    ['test-planning', 'test cases', 'cas de test', 'Testfälle', 'casos de prueba', 'casi di test', 'casos de teste', 'testgevallen'],
    ['haematology', 'haematology', 'hématologie', 'Hämatologie', 'hematología', 'ematologia', 'hematologia', 'hematologie'],
    ['refrigerant-handling', 'refrigerant handling', 'fluides frigorigènes', 'Kältemittel', 'gases fluorados', 'gas fluorurati', 'gases refrigerantes', 'koudemiddelen'],
    ['absence-management', 'time and attendance', 'gestion des absences', 'Zeiterfassung', 'control horario', 'rilevazione presenze', 'gestão de assiduidade', 'urenregistratie'],
    ['special-diets', 'allergen management', 'gestion des allergènes', 'Allergenmanagement', 'gestión de alérgenos', 'gestione allergeni', 'dietas especiais', 'allergenen'],
  ])('%s', (id, ...names) => {
    names.forEach((name, i) => expect([name, linkSkill(name, supportedLanguages[i])?.id]).toEqual([name, `skill/${id}`]));
  });
});
