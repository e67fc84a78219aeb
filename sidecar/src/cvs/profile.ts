/**
 * A candidate's profile: a valid JSON Resume object (jsonresume.org/schema, v1). Array entries carry a stable `id`,
 * which the schema allows as an additional property. What JSON Resume has no word for stands in `CvFacts`, beside it.
 */
import { z } from 'zod';

/** YYYY, YYYY-MM or YYYY-MM-DD: partial dates stay partial. */
export const partialDate = z.string().regex(/^\d{4}(-\d{2}(-\d{2})?)?$/);
const entryId = z.string().min(1).max(40);

export const profileSchema = z.object({
  basics: z
    .object({
      name: z.string().optional(),
      label: z.string().optional(),
      email: z.string().optional(),
      phone: z.string().optional(),
      url: z.string().optional(),
      summary: z.string().optional(),
      location: z
        .object({
          address: z.string().optional(),
          postalCode: z.string().optional(),
          city: z.string().optional(),
          region: z.string().optional(),
          countryCode: z.string().length(2).optional(),
        })
        .optional(),
      profiles: z.array(z.object({ id: entryId, network: z.string(), username: z.string().optional(), url: z.string() })).optional(),
    })
    .default({}),
  work: z
    .array(
      z.object({
        id: entryId,
        /** employer */
        name: z.string().optional(),
        position: z.string().optional(),
        location: z.string().optional(),
        startDate: partialDate.optional(),
        /** absent while `current` is in CvFacts.currentWork, or when the CV is silent */
        endDate: partialDate.optional(),
        summary: z.string().optional(),
        highlights: z.array(z.string()).optional(),
      }),
    )
    .default([]),
  education: z
    .array(
      z.object({
        id: entryId,
        institution: z.string().optional(),
        area: z.string().optional(),
        studyType: z.string().optional(),
        startDate: partialDate.optional(),
        endDate: partialDate.optional(),
        score: z.string().optional(),
      }),
    )
    .default([]),
  skills: z.array(z.object({ id: entryId, name: z.string(), level: z.string().optional(), keywords: z.array(z.string()).optional() })).default([]),
  languages: z.array(z.object({ id: entryId, language: z.string(), fluency: z.string().optional() })).default([]),
  certificates: z
    .array(z.object({ id: entryId, name: z.string(), issuer: z.string().optional(), date: partialDate.optional() }))
    .default([]),
});
export type Profile = z.infer<typeof profileSchema>;

export const spanSchema = z.object({
  page: z.number().int().min(1),
  /** UTF-16 units into the stored text of the whole document; `quote` is exactly `text.slice(start, end)` */
  start: z.number().int().min(0),
  end: z.number().int().min(0),
  quote: z.string(),
});
export type Span = z.infer<typeof spanSchema>;

export const evidenceSchema = z.object({
  /** JSON Pointer (RFC 6901) into the profile, e.g. /work/0/position */
  pointer: z.string(),
  cvId: z.string().uuid(),
  cvVersion: z.number().int().min(1),
  spans: z.array(spanSchema).min(1),
  origin: z.enum(['stated', 'inferred', 'human']),
  /** probability that the value is right, 0 to 1 */
  confidence: z.number().min(0).max(1),
});
export type Evidence = z.infer<typeof evidenceSchema>;

export const cefrLevels = ['A1', 'A2', 'B1', 'B2', 'C1', 'C2', 'native'] as const;
export const educationLevels = ['secondary', 'vocational', 'bachelor', 'master', 'doctorate'] as const;

/** What the matcher needs and JSON Resume has no word for. Entry ids point into the profile. */
export const cvFactsSchema = z.object({
  /** ISO date the CV is read as of: latest stated date or the document's own date; experience ends there. Never "today". */
  asOf: z.string().nullable(),
  /** Overlapping work merged, in months. */
  experienceMonths: z.number().int().min(0),
  /** ids of the work entries that run until "present" */
  currentWork: z.array(entryId),
  /** occupations of the work titles, from the taxonomy; newest first */
  titles: z.array(z.object({ workId: entryId, title: z.string(), occupationId: z.string().nullable(), months: z.number().int().nullable(), lastUsed: z.string().nullable() })),
  /** every skill found anywhere in the CV, with taxonomy id where one fits, once per skill */
  skills: z.array(
    z.object({
      skillId: z.string().nullable(),
      name: z.string(),
      /** where it stands: the skills section, the work entries, or elsewhere */
      sources: z.array(z.string()),
      /** months of the work entries that mention it, overlaps merged; null when only listed */
      months: z.number().int().nullable(),
      /** YYYY-MM of its last use, null when only listed */
      lastUsed: z.string().nullable(),
      confidence: z.number().min(0).max(1),
      spans: z.array(spanSchema),
    }),
  ),
  languages: z.array(z.object({ entryId, code: z.string(), cefr: z.enum(cefrLevels).nullable(), spans: z.array(spanSchema) })),
  educationLevel: z.enum(educationLevels).nullable(),
  educationSpans: z.array(spanSchema),
  drivingLicences: z.array(z.object({ category: z.string(), spans: z.array(spanSchema) })),
});
export type CvFacts = z.infer<typeof cvFactsSchema>;

/** What the pure extraction returns; `cvId` and `cvVersion` are added where it is stored. */
export interface Extraction {
  /** ISO 639-1 of the document */
  language: string;
  profile: Profile;
  evidence: Omit<Evidence, 'cvId' | 'cvVersion'>[];
  facts: CvFacts;
  warnings: { code: string; message: string }[];
}
