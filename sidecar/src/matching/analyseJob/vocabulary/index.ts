import type { SupportedLanguage } from '../../../language/types.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { it } from './it.ts';
import { nl } from './nl.ts';
import { pt } from './pt.ts';
import type { JobVocabulary } from './types.ts';

export type { JobVocabulary } from './types.ts';
export const vocabularies: Record<SupportedLanguage, JobVocabulary> = { en, fr, de, es, it, pt, nl };
