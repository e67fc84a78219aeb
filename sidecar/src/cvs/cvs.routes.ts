import { z } from 'zod';
import { uploadBody, uploadedDocument, uploadErrors } from '../documents/upload.ts';
import type { Ctx } from '../platform/context.ts';
import { attachment } from '../platform/http/attachment.ts';
import { pageOf, pageQuery } from '../platform/page.ts';
import { replyTask, taskResponses, waitQuery } from '../platform/queue/tasks.routes.ts';
import { defineRoute, ok, reply } from '../platform/route.ts';
import { id, named, timestamp } from '../platform/schema.ts';
import { cvStatuses } from './Cv.ts';
import type { ErasureProof } from './eraseCv.ts';
import { cvFactsSchema, evidenceSchema, profileSchema } from './profile.ts';
import { getCandidate, getCv, getCvFile, getCvText, listCandidates, listCvs } from './readCv.ts';
import { uploadCv } from './uploadCv.ts';

const warningSchema = z.object({ code: z.string(), message: z.string() });
export const provenanceSchema = named(
  'Provenance',
  z.object({ agentVersionId: z.string(), embeddingSpace: z.string(), taxonomyRevision: z.string(), engineVersion: z.string() }),
);
const cvSummary = z.object({
  id, candidateId: id.nullable(), version: z.number().int(), fileName: z.string(), mediaType: z.string().nullable(), byteSize: z.number().int(), sha256: z.string(),
  externalId: z.string().nullable(), status: z.enum(cvStatuses), error: warningSchema.nullable(), language: z.string().nullable(), warnings: z.array(warningSchema),
  provenance: provenanceSchema.nullable(), taskId: id.nullable(), createdAt: timestamp, analysedAt: timestamp.nullable(),
});
const cvSummarySchema = named('CvSummary', cvSummary);
const profile = named('Profile', profileSchema);
const facts = named('CvFacts', cvFactsSchema);
const cvSchema = named('Cv', cvSummary.extend({ profile: profile.nullable(), evidence: z.array(named('Evidence', evidenceSchema)).nullable(), facts: facts.nullable() }));
const candidateSummary = z.object({
  id, currentCvId: id.nullable(), name: z.string().nullable(), email: z.string().nullable(), headline: z.string().nullable(), language: z.string().nullable(),
  city: z.string().nullable(), countryCode: z.string().nullable(), experienceMonths: z.number().int().nullable(), occupationId: z.string().nullable(), createdAt: timestamp, updatedAt: timestamp,
});
const candidateSummarySchema = named('CandidateSummary', candidateSummary);
const candidateSchema = named(
  'Candidate',
  candidateSummary.extend({ profile, facts, cvs: z.array(z.object({ id, version: z.number().int(), fileName: z.string(), status: z.enum(cvStatuses), createdAt: timestamp })) }),
);
const proofSchema = named(
  'ErasureProof',
  z.object({ candidateId: id.nullable(), cvId: id.nullable(), erasedAt: timestamp, erased: z.record(z.number().int()), receipt: z.string() }),
);

const cvId = '01980000-0000-7000-8000-00000000c001';
const candidateId = '01980000-0000-7000-8000-00000000d001';
const cvSummaryExample = {
  id: cvId, candidateId, version: 1, fileName: 'maelys-kerbrat.pdf', mediaType: 'application/pdf', byteSize: 48213, sha256: 'a'.repeat(64), externalId: null, status: 'analysed',
  error: null, language: 'fr', warnings: [], taskId: '01980000-0000-7000-8000-00000000b001',
  provenance: { agentVersionId: '01980000-0000-7000-8000-00000000a002', embeddingSpace: 'inbox-hre1-128', taxonomyRevision: '3f2a', engineVersion: '1' },
  createdAt: '2026-11-22T10:00:00.000Z', analysedAt: '2026-11-22T10:00:00.300Z',
};
const profileExample = {
  basics: { name: 'Maëlys Kerbrat', email: 'maelys.kerbrat@example.com' },
  work: [{ id: 'w1', position: 'Développeuse back-end', name: 'Exemplia', startDate: '2019-03' }],
  education: [{ id: 'e1', institution: 'Université de Rennes', studyType: 'Master Informatique', endDate: '2018' }], skills: [{ id: 's1', name: 'PostgreSQL' }],
  languages: [{ id: 'l1', language: 'Anglais', fluency: 'B2' }], certificates: [],
};
const factsExample = {
  asOf: '2026-10', experienceMonths: 92, currentWork: ['w1'], titles: [{ workId: 'w1', title: 'Développeuse back-end', occupationId: 'occupation/backend-developer', months: 92, lastUsed: '2026-10' }],
  skills: [{ skillId: 'skill/postgresql', name: 'PostgreSQL', sources: ['skills'], months: null, lastUsed: null, confidence: 0.95, spans: [{ page: 1, start: 812, end: 822, quote: 'PostgreSQL' }] }],
  languages: [{ entryId: 'l1', code: 'en', cefr: 'B2' as const, spans: [{ page: 1, start: 840, end: 852, quote: 'Anglais (B2)' }] }],
  educationLevel: 'master' as const, educationSpans: [{ page: 1, start: 700, end: 719, quote: 'Master Informatique' }], drivingLicences: [],
};
const candidateSummaryExample = {
  id: candidateId, currentCvId: cvId, name: 'Maëlys Kerbrat', email: 'maelys.kerbrat@example.com', headline: 'Développeuse back-end', language: 'fr', city: 'Rennes', countryCode: 'FR',
  experienceMonths: 92, occupationId: 'occupation/backend-developer', createdAt: '2026-11-22T10:00:00.000Z', updatedAt: '2026-11-22T10:00:00.300Z',
};
const proofExample = { candidateId, cvId: null, erasedAt: '2026-11-22T12:00:00.000Z', erased: { cvs: 1, cv_files: 1, embeddings: 14, candidates: 1 }, receipt: '01980000-0000-7000-8000-00000000e001' };

/** Erasure reaches beyond this feature: the whole list (src/erasure.ts) is handed in. */
export function cvRoutes(erasure: { eraseCandidate(ctx: Ctx, input: { candidateId: string }): Promise<ErasureProof>; eraseCv(ctx: Ctx, input: { cvId: string }): Promise<ErasureProof> }) {
  return [
    defineRoute({
      id: 'createCv', method: 'post', path: '/v1/cvs', permission: 'cvs:create', tag: 'CVs', rate: 'heavy',
      summary: 'Upload a CV and analyse it',
      description: 'PDF, DOCX, ODT, RTF, HTML, Markdown or text: as base64 in JSON, as plain `text`, as multipart part `file`, or from a `url` on the public internet (or one that the operator allows in OUTGOING_ALLOWED_HOSTS; up to 3 redirects, 20 s). The result of the task is `{cvId, candidateId, language, warnings}`. The same bytes twice are the same CV: it keeps its file name, takes an `externalId` when it has none, and another one is refused (409 `conflict`); so are bytes that somebody else uploaded and your role does not reach. A scan without text ends as `needs_ocr`.',
      upload: true, query: waitQuery, body: uploadBody,
      bodyExample: { fileName: 'maelys-kerbrat.txt', text: 'Maëlys Kerbrat\nDéveloppeuse back-end\nmaelys.kerbrat@example.com\n\nExpérience\nDéveloppeuse back-end, Exemplia, mars 2019 – aujourd’hui' },
      responses: taskResponses,
      errors: ['agent_paused', 'conflict', 'document_password_protected', ...uploadErrors],
      handler: async (ctx, { body, file, query }) => replyTask(ctx, await uploadCv(ctx, { ...(await uploadedDocument(ctx, body, file)), externalId: body.externalId }), query.wait),
    }),
    defineRoute({
      id: 'listCvs', method: 'get', path: '/v1/cvs', permission: 'cvs:read', tag: 'CVs', rate: 'read',
      summary: 'List CVs, newest first',
      description: 'Those the caller may see; `status` and `candidateId` narrow the list.', query: { ...pageQuery, status: z.enum(cvStatuses).optional(), candidateId: id.optional() },
      responses: { 200: { description: 'A page of CVs', schema: pageOf(cvSummarySchema), example: { items: [cvSummaryExample], nextCursor: null } } },
      errors: ['invalid_cursor'],
      handler: async (ctx, { query }) => ok(await listCvs(ctx, query)),
    }),
    defineRoute({
      id: 'getCv', method: 'get', path: '/v1/cvs/:cvId', permission: 'cvs:read', tag: 'CVs', rate: 'read',
      summary: 'Get a CV: profile (JSON Resume), evidence and facts',
      description: 'Every value of the profile has evidence under its JSON Pointer: page, offsets, the exact quote, and a confidence.',
      params: { cvId: id },
      responses: { 200: { description: 'The CV', schema: cvSchema, example: { ...cvSummaryExample, profile: profileExample, facts: factsExample, evidence: [{ pointer: '/basics/name', cvId, cvVersion: 1, spans: [{ page: 1, start: 0, end: 14, quote: 'Maëlys Kerbrat' }], origin: 'stated', confidence: 0.97 }] } } },
      handler: async (ctx, { params }) => ok(await getCv(ctx, params)),
    }),
    defineRoute({
      id: 'getCvText', method: 'get', path: '/v1/cvs/:cvId/text', permission: 'cvs:read', tag: 'CVs', rate: 'read',
      summary: 'Get the text that evidence offsets refer to',
      description: 'Offsets count UTF-16 units of this text; roles without names do not get it.', params: { cvId: id },
      responses: { 200: { description: 'Text and page ranges', schema: z.object({ text: z.string(), pages: z.array(z.object({ page: z.number().int(), start: z.number().int(), end: z.number().int() })) }), example: { text: 'Maëlys Kerbrat\n…', pages: [{ page: 1, start: 0, end: 16 }] } } },
      errors: ['no_analysed_cv', 'blind_mode'],
      handler: async (ctx, { params }) => ok(await getCvText(ctx, params)),
    }),
    defineRoute({
      id: 'getCvFile', method: 'get', path: '/v1/cvs/:cvId/file', permission: 'cvs:read', tag: 'CVs', rate: 'read',
      summary: 'Download the uploaded file',
      description: 'The bytes as they were uploaded; roles without names do not get them.', params: { cvId: id },
      responses: { 200: { description: 'The bytes as they were uploaded', mediaType: 'application/octet-stream' } },
      errors: ['blind_mode'],
      handler: async (ctx, { params }) => {
        const { bytes, fileName } = await getCvFile(ctx, params);
        return reply(200, bytes, { 'Content-Disposition': attachment(fileName), 'X-Content-Type-Options': 'nosniff' });
      },
    }),
    defineRoute({
      id: 'eraseCv', method: 'delete', path: '/v1/cvs/:cvId', permission: 'cvs:erase', tag: 'CVs', rate: 'write',
      summary: 'Erase a CV, and its candidate when it was the only one',
      description: 'Stored bytes, text, vectors and matches go with it; what stays is the proof in the answer.', params: { cvId: id },
      responses: { 200: { description: 'Proof of what was erased', schema: proofSchema, example: { ...proofExample, cvId } } },
      handler: async (ctx, { params }) => ok(await erasure.eraseCv(ctx, params)),
    }),
    defineRoute({
      id: 'listCandidates', method: 'get', path: '/v1/candidates', permission: 'candidates:read', tag: 'Candidates', rate: 'read',
      summary: 'List candidates, newest first', description: 'A role without names may not search by one.', query: { ...pageQuery, q: z.string().min(1).max(100).optional().describe('part of a name'), language: z.string().length(2).optional() },
      responses: { 200: { description: 'A page of candidates', schema: pageOf(candidateSummarySchema), example: { items: [candidateSummaryExample], nextCursor: null } } },
      errors: ['invalid_cursor', 'blind_mode'],
      handler: async (ctx, { query }) => ok(await listCandidates(ctx, query)),
    }),
    defineRoute({
      id: 'getCandidate', method: 'get', path: '/v1/candidates/:candidateId', permission: 'candidates:read', tag: 'Candidates', rate: 'read',
      summary: 'Get a candidate',
      description: 'The profile (JSON Resume) made from all CVs of the person, with evidence.', params: { candidateId: id },
      responses: { 200: { description: 'The candidate with profile and facts of the current CV', schema: candidateSchema, example: { ...candidateSummaryExample, profile: profileExample, facts: factsExample, cvs: [{ id: cvId, version: 1, fileName: 'maelys-kerbrat.pdf', status: 'analysed', createdAt: '2026-11-22T10:00:00.000Z' }] } } },
      handler: async (ctx, { params }) => ok(await getCandidate(ctx, params)),
    }),
    defineRoute({
      id: 'eraseCandidate', method: 'delete', path: '/v1/candidates/:candidateId', permission: 'candidates:erase', tag: 'Candidates', rate: 'write',
      summary: 'Erase a person: rows, stored bytes, vectors, matches, indexed text',
      description: 'The answer proves it by counting what was removed in each place.',
      params: { candidateId: id },
      responses: { 200: { description: 'Proof of what was erased', schema: proofSchema, example: proofExample } },
      handler: async (ctx, { params }) => ok(await erasure.eraseCandidate(ctx, params)),
    }),
  ];
}
