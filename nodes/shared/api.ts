/**
 * The shapes the nodes read and write on the sidecar's HTTP API. Only what the nodes touch is spelled out;
 * everything else passes through untouched in full output.
 */

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** RFC 9457 problem JSON; the token endpoint answers `OAuthProblem` instead. */
export interface Problem {
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  requestId?: string;
  errors?: Array<{ path: string; message: string }>;
}

export interface OAuthProblem {
  error: string;
  error_description?: string;
}

export interface Task {
  id: string;
  kind: string;
  status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  progress: number;
  progressNote: string | null;
  result: Record<string, unknown> | null;
  error: { code: string; message: string } | null;
  subject: { type: string; id: string } | null;
}

/** A slice of a document: `start` and `end` are UTF-16 units into its stored text, pages count from 1. */
export interface Quote {
  page: number;
  start: number;
  end: number;
  quote: string;
}

export interface Profile {
  basics?: {
    name?: string;
    label?: string;
    email?: string;
    phone?: string;
    summary?: string;
    location?: { city?: string; countryCode?: string };
  };
  work?: Array<{ name?: string; position?: string; startDate?: string; endDate?: string }>;
  education?: Array<{ institution?: string; area?: string; studyType?: string; startDate?: string; endDate?: string }>;
  skills?: Array<{ name: string }>;
  languages?: Array<{ language: string; fluency?: string }>;
}

export interface CvSummary {
  id: string;
  candidateId: string | null;
  version: number;
  fileName: string;
  externalId: string | null;
  status: 'queued' | 'analysed' | 'needs_ocr' | 'failed';
  language: string | null;
  warnings: Array<{ code: string; message: string }>;
  error: { code: string; message: string } | null;
  createdAt: string;
  analysedAt: string | null;
}

export interface Cv extends CvSummary {
  profile: Profile | null;
  evidence: Array<{ pointer: string; confidence: number }> | null;
  facts: { experienceMonths?: number; skills?: Array<{ name: string }>; educationLevel?: string | null } | null;
}

export interface CandidateSummary {
  id: string;
  currentCvId: string | null;
  name: string | null;
  headline: string | null;
  email: string | null;
  language: string | null;
  city: string | null;
  countryCode: string | null;
  experienceMonths: number | null;
}

export interface Candidate extends CandidateSummary {
  profile: Profile;
}

export interface FoundCandidate {
  candidateId: string;
  name: string | null;
  headline: string | null;
  city: string | null;
  score: number;
  reasons: unknown[];
}

export interface Requirement {
  id: string;
  kind: string;
  label: string;
  importance: 'must' | 'nice';
}

export interface JobAnalysis {
  language: string;
  title: string;
  seniority: string | null;
  location: { city?: string; countryCode?: string; remote?: string };
  requirements: Requirement[];
  warnings: Array<{ code: string; message: string }>;
}

export interface Job {
  id: string;
  externalId: string | null;
  title: string;
  text: string;
  language: string;
  status: string;
  version: number;
  analysis: JobAnalysis;
  createdAt: string;
  updatedAt: string;
}

export interface MatchFact {
  polarity: 'positive' | 'negative' | 'mixed' | 'unknown';
  code: string;
  text: string;
  requirementId: string | null;
  quotes: Quote[];
}

export interface Match {
  id: string;
  rank: number | null;
  jobId: string;
  jobTitle: string;
  candidateId: string;
  candidateName: string | null;
  cvId: string;
  /** 0 to 1 */
  score: number;
  summary: string;
  mustHaves: Array<{ requirementId: string; label: string; status: 'met' | 'not_met' | 'unknown'; reason: string; quotes: Quote[] }>;
  criteria: Array<{ criterion: string; score: number | null; weight: number; hasData: boolean; facts: MatchFact[] }>;
}

export interface Ranking {
  jobId: string | null;
  candidateId: string | null;
  direction: 'candidates' | 'jobs';
  poolSize: number;
  items: Match[];
}

export interface Citation extends Quote {
  n: number;
  sourceId: string;
  kind: string;
  title: string;
  cvId: string | null;
  candidateId: string | null;
  candidateName: string | null;
  score: number;
}

export interface Answer {
  id: string;
  question: string;
  language: string;
  answer: string | null;
  abstained: boolean;
  reason: string | null;
  mode: 'extractive' | 'llm';
  citations: Citation[];
}

export interface Passages {
  language: string;
  items: Array<Record<string, unknown>>;
}

export interface Source {
  id: string;
  title: string;
  kind: string;
}

export interface Agent {
  id: string;
  kind: 'cv-analyst' | 'matcher' | 'rag-assistant';
  name: string;
  description: string;
  status: 'active' | 'paused';
  pausedAt: string | null;
  pauseReason: string | null;
  activeVersion: { id: string; number: number; config: unknown; createdAt: string; reason: string | null } | null;
}

/** What a run answers; `output` is what the feature's own route answers. */
export interface AgentRun {
  agentId: string;
  kind: Agent['kind'];
  output: unknown;
}

export interface Webhook {
  id: string;
  url: string;
  events: string[];
}

/** The body of a webhook delivery. */
export interface WebhookEvent {
  id: string;
  type: string;
  createdAt: string;
  workspaceId: string;
  subject: { type: string; id: string };
  data: unknown;
}
