import type { Seniority } from '../../types.ts';

/**
 * The words of job advertisements in one language. Every entry is a regular-expression source over folded text
 * (foldKeepingLength: lower case, no accents, straight apostrophes); word borders are added where the entry is used.
 */
export interface JobVocabulary {
  /** parts of headings over what the job demands, what it welcomes, and everything else (tasks, offer, employer, procedure) */
  mustHeadings: string[];
  niceHeadings: string[];
  neutralHeadings: string[];
  /** words inside a line that change the importance of their clause */
  mustWords: string[];
  niceWords: string[];
  /** unaccented number words → value */
  numbers: Record<string, number>;
  /** "years"; the unit after a number */
  years: string[];
  /** phrases that show a number of years is not experience of the candidate (age, history of the company, contract) */
  notExperience: string[];
  /** highest first */
  education: { level: 'doctorate' | 'master' | 'bachelor' | 'vocational' | 'secondary'; words: string[] }[];
  /** words between the degree and its field: "in", "im", "en" */
  fieldLinks: string[];
  /** unaccented language name → ISO 639-1 */
  languages: Record<string, string>;
  /** "languages" (for "two languages at C1") */
  languageNouns: string[];
  cefr: { level: 'A2' | 'B1' | 'B2' | 'C1' | 'C2' | 'native'; words: string[] }[];
  certificates: string[];
  drivingLicence: string[];
  /** connects alternatives inside a list */
  or: string[];
  /** makes everything named in the clause an alternative: "one of", "or similar" */
  alternativeCues: string[];
  seniority: { level: Seniority; words: string[] }[];
  remote: string[];
  hybrid: string[];
  onsite: string[];
  /** label before the value on one line: "Job title:", "Location:" */
  titleLabels: string[];
  locationLabels: string[];
  /** what introduces the title in a sentence, and what ends it */
  hiring: string[];
  titleEnds: string[];
  /** what may stand where a title is expected and is none */
  notTitles: string[];
  /** lower-case country name → ISO 3166-1 */
  countries: Record<string, string>;
}
