import { describe, expect, it } from 'vitest';
import { detectLanguage } from '../../../sidecar/src/language/detectLanguage.ts';

const sentences: [string, string][] = [
  ['en', 'Ran the night shift of a regional warehouse and trained twelve new colleagues.'],
  ['fr', 'Encadrement d’une équipe de huit personnes et suivi du budget annuel du service.'],
  ['de', 'Planung und Inbetriebnahme von Schaltanlagen für Kunden der Lebensmittelindustrie.'],
  ['es', 'Atención directa a personas mayores y coordinación con las familias del centro.'],
  ['it', 'Gestione degli ordini e dei resi, con particolare attenzione ai clienti esteri.'],
  ['pt', 'Responsável pela manutenção das máquinas e pela formação dos novos operadores.'],
  ['nl', 'Verantwoordelijk voor de planning van het onderhoud en de begeleiding van stagiairs.'],
  ['pl', 'Odpowiedzialna za obsługę klientów, przygotowanie ofert oraz współpracę z działem księgowości.'],
  ['ru', 'Разработка и сопровождение внутренних систем учёта для крупной логистической компании.'],
];

describe('detectLanguage', () => {
  it.each(sentences)('knows a sentence of a CV in %s', (language, sentence) => {
    const found = detectLanguage(sentence);
    expect(found.language).toBe(language);
    expect(found.confidence).toBeGreaterThan(0.4);
  });

  it.each([
    ['de', 'Leiter Finanzbuchhaltung'],
    ['en', 'Head of Customer Support'],
    ['fr', 'Chargée de recrutement'],
    ['es', 'Enfermera de urgencias'],
    ['nl', 'Medewerker klantenservice'],
  ])('knows a job title in %s', (language, title) => {
    expect(detectLanguage(title).language).toBe(language);
  });

  it('is less sure of a tool name than of a sentence', () => {
    expect(detectLanguage('PostgreSQL').confidence).toBeLessThan(detectLanguage(sentences[2]![1]).confidence);
  });

  it('says "und" where there is nothing to read', () => {
    expect(detectLanguage('  12 – 2024 ')).toEqual({ language: 'und', confidence: 0 });
  });
});
