import { describe, expect, it } from 'vitest';
import { linkOccupation, linkSkill } from '../../../sidecar/src/language/taxonomy.ts';

/**
 * The hand-made pairs on which the thresholds of linkConcept.ts were chosen (so the shares are in-sample): wordings that
 * were no aliases when written, with the concepts that would be right, and texts that are no skill or occupation of ours.
 */
const skillPairs: [string, ...string[]][] = [
  ['tratamiento de heridas', 'wound-care'],
  ['Planung von Unterricht', 'lesson-planning'],
  ['customer complaints', 'complaint-handling'],
  ['réparation de véhicules légers', 'vehicle-repair'],
  ['montage de charpentes', 'carpentry'],
  ['Verlegen von Fliesen', 'tiling'],
  ['lavaggio e stiratura', 'laundry'],
  ['instalación de cuadros eléctricos', 'switchgear', 'electrical-installation'],
  ['supervision of employees', 'team-leadership'],
  ['redactar contratos', 'contract-drafting'],
  ['beheer van voorraden', 'inventory-management'],
  ['elektrische bedrading aanleggen', 'electrical-installation'],
  ['conduite de camions', 'transport'],
  ['soin aux personnes âgées', 'elderly-care'],
  ['Betreuung von Kindern', 'childcare'],
  ['preparación de cócteles y bebidas', 'bartending'],
  ['gestão de redes sociais e comunidades', 'social-media'],
  ['campañas en redes sociales', 'social-media', 'campaign-management'],
  ['analisi statistica dei dati', 'statistics', 'data-analysis'],
  ['statistische data-analyse', 'statistics', 'data-analysis'],
  ['recrutement et sélection de candidats', 'recruitment'],
  ['Bewerberauswahl', 'recruitment', 'interviewing-candidates'],
  ['calcolo delle buste paga', 'payroll'],
  ['declaração de impostos', 'taxation'],
  ['kwaliteitscontroles uitvoeren', 'quality-control'],
  ['inspection of finished products', 'quality-control'],
  ['pruebas automatizadas de software', 'test-automation'],
  ['développement de sites internet', 'web-development'],
  ['Programmierung von Mikrocontrollern', 'microcontrollers', 'plc'],
  ['conception de bases de données', 'relational-databases'],
  ['monitoraggio parametri vitali del paziente', 'vital-signs'],
  ['pflegerische Dokumentation', 'patient-documentation'],
  ['palliative Versorgung', 'palliative-care'],
  ['entretien des espaces verts publics', 'gardening'],
  ['poda de árboles', 'pruning', 'tree-care'],
  ['organisation of conferences', 'event-management'],
  ['reception of guests', 'reception', 'hotel-front-desk'],
  ['kassa afsluiten', 'cash-handling'],
  ['vente en boutique', 'retail', 'sales'],
  ['negociar con proveedores', 'purchase-negotiation', 'vendor-management', 'sales-negotiation', 'negotiation'],
  ['risk assessments', 'risk-management'],
  ['brandpreventie en veiligheid', 'fire-safety'],
  ['Arbeiten mit CNC-Maschinen', 'machining'],
  ['pose de revêtements de sol', 'tiling'],
  ['kundenorientiertes Arbeiten', 'customer-orientation'],
  ['sabe trabajar en equipo', 'teamwork'],
];

const noSkills = [
  'beekeeping', 'opera singing', 'Kubrick', 'chess club', 'stamp collecting', 'yoga', 'Zorbflow 3000', 'Brillo',
  'reactor physics', 'marathon running', 'amateur theatre', 'history of art', 'Postbank', 'cat lover', 'voetbal',
  'geboren in Utrecht', 'Führerschein Klasse B', 'carnet de conduire', 'born 1990', 'references on request',
  'Deutsch Muttersprache', 'English C1', 'French fluent', 'Quuxware', 'Snowpipe Pro', 'Vortexa', 'Nimbus CRM',
  'Tarkett', 'photosynthesis', 'egyptology', 'piano', 'tauromaquia', 'pesca sportiva', 'surf', 'astronomie',
  'numismatique', 'Schach', 'Wandern', 'volleyball coach', 'own car', 'immediate availability',
  'availability to travel', 'disponibilidad para viajar', 'permesso di soggiorno', 'Blues guitar', 'volunteer scout',
  'Redwood', 'Angelscript', 'Kolibri', 'Marionette',
];

const occupationPairs: [string, ...string[]][] = [
  ['Kindergartenpädagogin', 'preschool-teacher', 'childcare-worker'],
  ['Verpleegkundige chirurgie', 'nurse', 'specialist-nurse'],
  ['Ingénieure développement logiciel embarqué', 'embedded-developer'],
  ['Técnica de mantenimiento industrial', 'maintenance-technician'],
  ['Fachkraft Lager und Logistik', 'warehouse-worker'],
  ['chauffeur de camion', 'truck-driver'],
  ['addetta reception hotel', 'hotel-receptionist'],
  ['maestra elementare', 'primary-teacher'],
  ['docente di matematica e fisica', 'secondary-teacher'],
  ['medewerkster schoonmaak', 'cleaner'],
  ['employé en comptabilité', 'accounting-assistant', 'bookkeeper', 'accountant'],
  ['Lohnbuchhaltung Sachbearbeiterin', 'payroll-specialist'],
  ['consultora de recursos humanos', 'hr-specialist', 'hr-manager'],
  ['avocate en droit social', 'lawyer'],
  ['Steuerkanzlei Mitarbeiterin', 'tax-advisor', 'accounting-assistant'],
  ['soldadora de estructuras', 'welder'],
  ['Dachdeckergeselle', 'roofer'],
  ['tecnico elettricista', 'electrician'],
  ['installateur électricien', 'electrician'],
  ['electrical maintenance technician', 'industrial-electrician', 'maintenance-technician'],
  ['sales advisor', 'sales-representative', 'sales-assistant'],
  ['verkoper binnendienst', 'sales-development-representative', 'sales-representative'],
  ['web content editor', 'content-manager', 'editor', 'copywriter'],
  ['especialista em marketing', 'marketing-specialist', 'digital-marketing-specialist'],
  ['Social Media Redakteurin', 'social-media-manager'],
  ['data analytics engineer', 'data-engineer', 'data-analyst'],
  ['analista programador', 'software-developer', 'business-analyst'],
  ['Java programmer', 'software-developer', 'backend-developer'],
  ['administrador de redes y sistemas', 'network-engineer', 'system-administrator'],
  ['farmacista ospedaliero', 'pharmacist'],
  ['Physiotherapeutin in Praxis', 'physiotherapist'],
  ['psychologue clinicienne', 'psychologist'],
  ['jefe de cocina ejecutivo', 'head-chef'],
  ['pizzaiolo', 'chef', 'baker'],
  ['chef de rang en restaurant', 'waiter'],
  ['barmaid', 'bartender'],
  ['tuinarchitect', 'landscape-architect', 'architect', 'gardener'],
  ['architecte paysagiste', 'landscape-architect', 'architect'],
  ['supply chain analyst', 'supply-chain-specialist'],
  ['Einkaufssachbearbeiter', 'purchasing-assistant', 'buyer'],
  ['purchasing assistant', 'purchasing-assistant', 'buyer'],
  ['plant operator', 'production-operator', 'heavy-equipment-operator'],
  ['chief accountant', 'finance-manager', 'accountant'],
  ['tour operator', 'travel-agent'],
];

const noOccupations = [
  'Astronaut', 'Winner of the school prize', 'xyz', 'Best student', 'Volunteer', 'Member of the choir',
  'president of the student union', 'Mother of two', 'sabbatical', 'Elternzeit', 'parental leave', 'gap year',
  'world trip', 'congé maternité', 'Zivildienst', 'Bundeswehr', 'military service', 'Bachelor of Science', 'Abitur',
  'freelance', 'self-employed', 'Erasmus', 'Quidditch seeker', 'football player', 'monk', 'wizard', 'king', 'poet',
  'magician',
];

describe.each([
  { what: 'skill', link: linkSkill, pairs: skillPairs, others: noSkills, rightShare: 0.75, mistakes: 3 },
  { what: 'occupation', link: linkOccupation, pairs: occupationPairs, others: noOccupations, rightShare: 0.85, mistakes: 3 },
])('the $what threshold', ({ what, link, pairs, others, rightShare, mistakes }) => {
  const answers = pairs.map(([name, ...ids]) => ({ name, link: link(name), ids: ids.map((id) => `${what}/${id}`) }));

  it('links most other wordings to a right concept', () => {
    const right = answers.filter((answer) => answer.link && answer.ids.includes(answer.link.id));
    expect(right.length / pairs.length).toBeGreaterThanOrEqual(rightShare);
  });

  it('links hardly any wording to a wrong concept', () => {
    const wrong = answers.filter((answer) => answer.link && !answer.ids.includes(answer.link.id));
    expect(wrong.length, wrong.map((answer) => `${answer.name} → ${answer.link?.id}`).join('; ')).toBeLessThanOrEqual(2);
  });

  it('leaves almost everything else alone', () => {
    const linked = others.filter((name) => link(name));
    expect(linked.length, linked.join('; ')).toBeLessThanOrEqual(mistakes);
  });
});
