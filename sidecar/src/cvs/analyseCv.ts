/** The pipeline of the cv-analyst: stored bytes → text with positions → profile with evidence → vectors → candidate. */
import { v7 as uuidv7 } from 'uuid';
import { runAgent } from '../agents/runGuard.ts';
import type { RunningAgent } from '../agents/runGuard.ts';
import { readDocument } from '../documents/readDocument.ts';
import type { ReadDocument } from '../documents/Document.ts';
import { embedLabels, storeVectors } from '../language/vectors.ts';
import type { LabelVector } from '../language/vectors.ts';
import { inBoxSpace } from '../language/inBoxEmbedder.ts';
import { taxonomyRevision } from '../language/taxonomy.ts';
import type { Ctx } from '../platform/context.ts';
import { AppError } from '../platform/errors.ts';
import { emit } from '../platform/events.ts';
import { lockCv } from './analysisState.ts';
import { candidateSkills, candidates, cvFiles, cvs } from './Cv.ts';
import type { CvRow, Provenance } from './Cv.ts';
import { extractCv } from './extract/extractCv.ts';
import { cvEngineVersion } from './engine.ts';
import type { Extraction } from './profile.ts';

export interface AnalysisResult {
  cvId: string;
  candidateId: string;
  language: string;
  warnings: { code: string; message: string }[];
}

/**
 * Idempotent: analysing again replaces what the last analysis wrote.
 * @throws AppError of the document (`needs_ocr`, `document_damaged`, `not_a_cv` …); the end of the task puts it on the CV
 */
export async function analyseCv(ctx: Ctx, input: { cvId: string }): Promise<AnalysisResult> {
  const { workspaceId } = ctx.actor;
  const cv = await cvs(ctx.db).findOne({ where: { workspaceId, id: input.cvId }, raw: true });
  const file = await cvFiles(ctx.db).findOne({ where: { workspaceId, cvId: input.cvId }, raw: true });
  if (cv === null || file === null) throw new AppError('not_found', 'There is no such CV; it may have been erased. Upload it again.');
  return runAgent(ctx, 'cv-analyst', async (agent) => {
    await ctx.task?.progress(10, 'reading the document');
    const document = await readDocument(file.bytes, { fileName: cv.fileName, ...(cv.mediaType !== null && { mediaType: cv.mediaType }) });
    await ctx.task?.progress(40, 'finding the fields');
    // A file without a date of its own is read as of its upload, not of the day it happens to be analysed.
    const extraction = extractCv(document, { receivedAt: cv.createdAt.toISOString().slice(0, 10) });
    if (extraction.warnings.some(({ code }) => code === 'not_a_cv')) {
      throw new AppError('not_a_cv', 'This document does not look like a CV: no contact, work or education was found. Check the file.');
    }
    const vectors = await embedLabels({ title: extraction.facts.titles.map(({ title }) => title), skill: extraction.facts.skills.map(({ name }) => name) });
    await ctx.task?.progress(80, 'storing');
    const provenance: Provenance = { agentVersionId: agent.versionId, embeddingSpace: inBoxSpace.id, taxonomyRevision, engineVersion: cvEngineVersion };
    return storeAnalysis(ctx, agent, cv, { document, extraction, vectors, provenance });
  });
}

interface Analysis {
  document: ReadDocument;
  extraction: Extraction;
  /** of titles and skills: labels only, never name, photo, birth date or address */
  vectors: LabelVector[];
  provenance: Provenance;
}

/** An analysis that an erasure has overtaken writes nothing. The task ends, and the run is recorded, with what is written. */
async function storeAnalysis(ctx: Ctx, agent: RunningAgent, cv: CvRow, { document, extraction, vectors, provenance }: Analysis): Promise<AnalysisResult> {
  const { workspaceId } = ctx.actor;
  const { profile, facts, language } = extraction;
  const now = new Date();
  const warnings = [...document.warnings, ...extraction.warnings];
  return ctx.db.transaction(async () => {
    // Two analyses of one CV follow each other.
    const locked = await lockCv(ctx, { cvId: cv.id });
    if (locked === null) throw new AppError('not_found', 'The CV was erased while it was analysed.');
    const known = locked.candidateId;
    const candidateId = known ?? uuidv7();
    const result: AnalysisResult = { cvId: cv.id, candidateId, language, warnings };
    await ctx.task?.succeed(result);
    await agent.recordSuccess();
    const candidate = {
      displayName: profile.basics.name ?? null, email: profile.basics.email ?? null, headline: profile.basics.label ?? null, language,
      city: profile.basics.location?.city ?? null, countryCode: profile.basics.location?.countryCode ?? null,
      experienceMonths: facts.experienceMonths, occupationId: facts.titles.find(({ occupationId }) => occupationId !== null)?.occupationId ?? null,
      profile, facts, updatedAt: now,
    };
    if (known === null) await candidates(ctx.db).create({ id: candidateId, workspaceId, createdAt: now, ...candidate });
    else await candidates(ctx.db).update(candidate, { where: { workspaceId, id: candidateId } });
    await cvs(ctx.db).update(
      {
        candidateId, status: 'analysed', error: null, language, text: document.text, pages: document.pages, profile, facts, warnings, provenance, analysedAt: now,
        mediaType: document.mediaType, evidence: extraction.evidence.map((item) => ({ ...item, cvId: cv.id, cvVersion: cv.version })),
      },
      { where: { workspaceId, id: cv.id } },
    );
    await candidates(ctx.db).update({ currentCvId: cv.id }, { where: { workspaceId, id: candidateId } });
    await storeSkills(ctx, candidateId, extraction);
    await storeVectors(ctx, { type: 'candidate', id: candidateId }, vectors);
    await emit(ctx, 'cv.analysed', { type: 'cv', id: cv.id }, { cvId: cv.id, candidateId, language });
    return result;
  });
}

/** Skills by taxonomy id. */
async function storeSkills(ctx: Ctx, candidateId: string, { facts }: Extraction): Promise<void> {
  const { workspaceId } = ctx.actor;
  await candidateSkills(ctx.db).destroy({ where: { workspaceId, candidateId } });
  const known = new Map(facts.skills.filter(({ skillId }) => skillId !== null).map((skill) => [skill.skillId as string, skill]));
  await candidateSkills(ctx.db).bulkCreate([...known].map(([skillId, { months, lastUsed }]) => ({ workspaceId, skillId, candidateId, months, lastUsed })));
}
