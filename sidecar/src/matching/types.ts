/** Shapes of a job's requirements and of an explained match. Scoring is pure: (JobFacts, CandidateFacts, MatcherConfig) → MatchResult. */
import { z } from 'zod';
import { cefrLevels, educationLevels, spanSchema } from '../cvs/profile.ts';

/** What a requirement may hold at most, whether a person writes it or the analysis finds it: what is scored and embedded stays small. */
export const requirementLimits = { requirements: 100, entries: 50, name: 200, quote: 100_000 } as const;
const { entries, name: longestName } = requirementLimits;

export const jobSpanSchema = z.object({ start: z.number().int().min(0), end: z.number().int().min(0), quote: z.string().max(requirementLimits.quote) });

export const requirementKinds = ['skill', 'experience', 'education', 'language', 'certificate', 'licence', 'location', 'other'] as const;

/** One thing the job asks for. `evidence` quotes the advertisement (offsets into the job's text); empty when a person added it. */
export const requirementSchema = z
  .object({
    id: z.string().min(1).max(40),
    kind: z.enum(requirementKinds),
    /** the words of the advertisement, shortened */
    label: z.string().min(1).max(300),
    importance: z.enum(['must', 'nice']),
    /** any one of these satisfies it (taxonomy ids) */
    skillIds: z.array(z.string().max(longestName)).max(entries).optional(),
    /** free names without a taxonomy id: matched by text and by vector */
    skillNames: z.array(z.string().max(longestName)).max(entries).optional(),
    minYears: z.number().min(0).max(60).optional(),
    educationLevel: z.enum(educationLevels).optional(),
    /** fields of study, any one of which will do ("accounting or finance"): a level alone lets a degree in anything pass */
    educationFields: z.array(z.string().max(120)).max(entries).optional(),
    languageCode: z.string().length(2).optional(),
    cefr: z.enum(cefrLevels).optional(),
    /** "French or German": any one of these, in place of languageCode */
    languageAlternatives: z.array(z.string().length(2)).max(entries).optional(),
    /** "two languages at C1": how many, whichever they are, in place of languageCode */
    languageCount: z.number().int().min(1).max(10).optional(),
    licenceCategory: z.string().max(5).optional(),
    city: z.string().max(longestName).optional(),
    countryCode: z.string().length(2).optional(),
    evidence: z.array(jobSpanSchema).max(entries),
  })
  .strict();
export type Requirement = z.infer<typeof requirementSchema>;

export const seniorities = ['intern', 'junior', 'mid', 'senior', 'lead', 'head'] as const;
export type Seniority = (typeof seniorities)[number];

export const jobAnalysisSchema = z.object({
  language: z.string(),
  title: z.string(),
  titleEvidence: z.array(jobSpanSchema),
  occupationId: z.string().nullable(),
  seniority: z.enum(seniorities).nullable(),
  location: z.object({ city: z.string().optional(), countryCode: z.string().optional(), remote: z.enum(['onsite', 'hybrid', 'remote']).optional() }),
  requirements: z.array(requirementSchema),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
});
export type JobAnalysis = z.infer<typeof jobAnalysisSchema>;

export const criterionNames = ['skills', 'title', 'experience', 'education', 'languages', 'location', 'certificates'] as const;
export type CriterionName = (typeof criterionNames)[number];

export const factSchema = z.object({
  polarity: z.enum(['positive', 'negative', 'mixed', 'unknown']),
  /** stable code + parameters; `text` is its English wording (other languages are rendered from code and parameters) */
  code: z.string(),
  params: z.record(z.union([z.string(), z.number(), z.boolean(), z.null()])),
  text: z.string(),
  requirementId: z.string().nullable(),
  /** quotes of the CV (offsets into its stored text); empty where the CV is silent */
  quotes: z.array(spanSchema),
});
export type Fact = z.infer<typeof factSchema>;

export const criterionSchema = z.object({
  criterion: z.enum(criterionNames),
  /** 0 to 1, rounded to 1e-6; null when the CV or the job has no data for it */
  score: z.number().min(0).max(1).nullable(),
  /** share of the overall score, 0 to 1; the weights of criteria with data sum to 1 */
  weight: z.number().min(0).max(1),
  hasData: z.boolean(),
  facts: z.array(factSchema),
});

export const mustHaveSchema = z.object({
  requirementId: z.string(),
  label: z.string(),
  /** "not found" is not "absent": a silent CV is unknown */
  status: z.enum(['met', 'not_met', 'unknown']),
  /** why, in one sentence */
  reason: z.string(),
  quotes: z.array(spanSchema),
});

export const matchResultSchema = z.object({
  /** 0 to 1, rounded to 1e-6. Depends on the pair and the versions only: never on the pool, the name or the order. */
  score: z.number().min(0).max(1),
  criteria: z.array(criterionSchema),
  mustHaves: z.array(mustHaveSchema),
  summary: z.string(),
});
export type MatchResult = z.infer<typeof matchResultSchema>;

/** The matcher agent's configuration; a version of it is immutable. */
export const matcherConfigSchema = z
  .object({
    weights: z.record(z.enum(criterionNames), z.number().min(0).max(100)),
    /** the overall score is multiplied by this for each must-have that is not met … */
    mustHaveNotMetFactor: z.number().min(0).max(1),
    /** … or unknown */
    mustHaveUnknownFactor: z.number().min(0).max(1),
    /** how much a skill that is only listed, never used in a work entry, counts (0 to 1) */
    listedOnlySkillWeight: z.number().min(0).max(1),
    relatedSkillScore: z.number().min(0).max(1),
  })
  .strict();
export type MatcherConfig = z.infer<typeof matcherConfigSchema>;
