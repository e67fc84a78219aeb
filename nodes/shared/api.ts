/** The shapes the nodes read, by name. They come from the sidecar's routes: `npm run sync:api` writes api.generated.ts. */
import type { components, operations } from './api.generated';

type Schemas = components['schemas'];

/** The JSON that a route answers with 200. */
type AnswerOf<Id extends keyof operations> = operations[Id] extends { responses: { 200: { content: { 'application/json': infer Body } } } } ? Body : never;

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export type Problem = Schemas['Problem'];
export type Task = Schemas['Task'];
export type CvSummary = Schemas['CvSummary'];
export type Cv = Schemas['Cv'];
export type CandidateSummary = Schemas['CandidateSummary'];
export type Candidate = Schemas['Candidate'];
export type FoundCandidate = AnswerOf<'searchCandidates'>['items'][number];
export type Job = Schemas['Job'];
export type JobAnalysis = Schemas['JobAnalysis'];
export type Match = Schemas['Match'];
export type MatchFact = Match['criteria'][number]['facts'][number];
export type Quote = MatchFact['quotes'][number];
export type Ranking = Schemas['Ranking'];
export type Answer = Schemas['Answer'];
export type Passage = Schemas['Passage'];
export type Source = Schemas['Source'];
export type Agent = Schemas['Agent'];
/** `output` is what the feature's own route answers. */
export type AgentRun = AnswerOf<'runAgent'>;
export type Webhook = AnswerOf<'getWebhook'>;

/** What the token endpoint answers instead of a Problem (RFC 6749). */
export interface OAuthProblem {
  error: string;
  error_description?: string;
}
