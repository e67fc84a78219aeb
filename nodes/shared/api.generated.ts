// Written by `npm run sync:api` from the sidecar's routes. Do not edit.
export interface paths {
    "/v1/oauth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get an access token
         * @description OAuth 2.0 client credentials grant (RFC 6749, 4.4). Send the body as JSON or as a form. With `scope` (permissions separated by spaces) the token gives no more than these. Errors have the OAuth form, always with status 400.
         *
         *     No token needed.
         */
        post: operations["issueToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Public keys that verify access tokens
         * @description No token needed.
         */
        get: operations["getJwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who am I, and what may I do
         * @description Any valid token.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cvs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List CVs, newest first
         * @description Permission: `cvs:read`.
         */
        get: operations["listCvs"];
        put?: never;
        /**
         * Upload a CV and analyse it
         * @description PDF, DOCX, ODT, RTF, HTML, Markdown or text: as base64 in JSON, as plain `text`, or as multipart part `file`. The result of the task is `{cvId, candidateId, language, warnings}`. The same bytes twice are the same CV: it keeps its file name, takes an `externalId` when it has none, and another one is refused (409 `conflict`). A scan without text ends as `needs_ocr`.
         *
         *     Permission: `cvs:create`.
         */
        post: operations["createCv"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cvs/{cvId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a CV: profile (JSON Resume), evidence and facts
         * @description Every value of the profile has evidence under its JSON Pointer: page, offsets, the exact quote, and a confidence.
         *
         *     Permission: `cvs:read`.
         */
        get: operations["getCv"];
        put?: never;
        post?: never;
        /**
         * Erase a CV, and its candidate when it was the only one
         * @description Permission: `cvs:erase`.
         */
        delete: operations["eraseCv"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cvs/{cvId}/text": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the text that evidence offsets refer to
         * @description Permission: `cvs:read`.
         */
        get: operations["getCvText"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cvs/{cvId}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the uploaded file
         * @description Permission: `cvs:read`.
         */
        get: operations["getCvFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/candidates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List candidates, newest first
         * @description Permission: `candidates:read`.
         */
        get: operations["listCandidates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/candidates/{candidateId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a candidate
         * @description Permission: `candidates:read`.
         */
        get: operations["getCandidate"];
        put?: never;
        post?: never;
        /**
         * Erase a person: rows, stored bytes, vectors, matches, indexed text
         * @description Permission: `candidates:erase`.
         */
        delete: operations["eraseCandidate"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs, newest first
         * @description Permission: `jobs:read`.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Create a job from its text
         * @description The text is read into a title, an occupation and requirements, each with its quote. `requirements` replaces what was found.
         *
         *     Permission: `jobs:create`.
         */
        post: operations["createJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/analyse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read the requirements out of a job text without storing it
         * @description Permission: `jobs:read`.
         */
        post: operations["analyseJobText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{jobId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a job
         * @description Permission: `jobs:read`.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /**
         * Delete a job and its matches
         * @description Permission: `jobs:delete`.
         */
        delete: operations["deleteJob"];
        options?: never;
        head?: never;
        /**
         * Change a job
         * @description A new text is read again. What can change a score raises `version`.
         *
         *     Permission: `jobs:update`.
         */
        patch: operations["updateJob"];
        trace?: never;
    };
    "/v1/matches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List stored matches, newest first
         * @description Permission: `matches:read`.
         */
        get: operations["listMatches"];
        put?: never;
        /**
         * Rank candidates for a job, jobs for a candidate, or score one pair
         * @description Give `jobId`, `candidateId`, or both. Small pools answer the ranking; large ones, or `async: true`, answer a task `match.rank` whose result lists the `matchIds`. A score depends on the pair and the versions in `provenance` only: never on the pool, the name or the order.
         *
         *     Permission: `matches:create`.
         */
        post: operations["createMatches"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/matches/{matchId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one explained pair
         * @description Permission: `matches:read`.
         */
        get: operations["getMatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/candidates/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Search the talent pool by skills and title
         * @description Skills are understood in seven languages through the taxonomy; `understood` says how the query was read.
         *
         *     Permission: `candidates:read`.
         */
        post: operations["searchCandidates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sources, newest first
         * @description Documents, and the CVs that are indexed.
         *
         *     Permission: `sources:read`.
         */
        get: operations["listSources"];
        put?: never;
        /**
         * Add a document to ask about
         * @description As base64 in JSON, as plain `text`, or as multipart part `file`. The same bytes are the same source. With an `externalId` that is known the content is replaced. The result of the task is `{sourceId, language, chunks}`.
         *
         *     Permission: `sources:create`.
         */
        post: operations["createSource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sources/{sourceId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a source
         * @description Permission: `sources:read`.
         */
        get: operations["getSource"];
        put?: never;
        post?: never;
        /**
         * Delete a document with its passages
         * @description A CV is erased as a CV: `DELETE /v1/cvs/{cvId}`.
         *
         *     Permission: `sources:delete`.
         */
        delete: operations["deleteSource"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find the passages that fit a query best
         * @description Full text in each passage's own language, accents folded, and the names of skills across languages, fused by rank. CVs are searched only for callers who may read CVs.
         *
         *     Permission: `rag:query`.
         */
        post: operations["searchPassages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer a question with citations, or say that the sources do not hold the answer
         * @description With a language model every sentence is checked against the passages it cites; without one the answer quotes the sources. `quote` is exactly the text between `start` and `end`.
         *
         *     Permission: `rag:query`.
         */
        post: operations["answerQuestion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the agents with their active version
         * @description Permission: `agents:read`.
         */
        get: operations["listAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one agent
         * @description Permission: `agents:read`.
         */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause an agent
         * @description New work is refused with 409 `agent_paused`. Tasks accepted before stay queued and run on resume; a task that runs already finishes.
         *
         *     Permission: `agents:control`.
         */
        post: operations["pauseAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a paused agent
         * @description Permission: `agents:control`.
         */
        post: operations["resumeAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agentId}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run an agent on an input
         * @description Input by kind: cv-analyst `{cvId}` (analyses again), matcher `{jobId}`, `{candidateId}` or both, rag-assistant `{question}`. A run also takes the permission of what it does: `cvs:create`, `matches:create` or `rag:query`. The output is what the matching route of the feature answers.
         *
         *     Permission: `agents:run`.
         */
        post: operations["runAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tasks, newest first
         * @description Permission: `tasks:read`.
         */
        get: operations["listTasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{taskId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a task, waiting for it if asked
         * @description Permission: `tasks:read`.
         */
        get: operations["getTask"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{taskId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a task
         * @description A queued task is cancelled at once; a running one is told to stop and its result is not kept.
         *
         *     Permission: `tasks:control`.
         */
        post: operations["cancelTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{taskId}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a failed or cancelled task again
         * @description Permission: `tasks:control`.
         */
        post: operations["retryTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description Permission: `webhooks:read`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Register a webhook for events
         * @description The same URL again replaces events and secret. Each delivery is a POST of `{id, type, createdAt, workspaceId, subject, data}` with `X-TalentMatch-Event`, `-Delivery`, `-Timestamp` and `-Signature: sha256=HMAC-SHA256(secret, timestamp + "." + body)`; it is repeated with backoff until it gets a 2xx.
         *
         *     Permission: `webhooks:create`.
         */
        post: operations["saveWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhookId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a webhook
         * @description Permission: `webhooks:read`.
         */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Remove a webhook
         * @description Permission: `webhooks:delete`.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive
         * @description No token needed.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can it work, and what is degraded
         * @description 200 while requests can be served; `degraded` names what is missing (Redis away: work goes on, slower). 503 without the database.
         *
         *     No token needed.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Prometheus metrics
         * @description Also answers to the static METRICS_TOKEN.
         *
         *     Permission: `metrics:read`.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            /** @enum {string} */
            code: "invalid_request" | "invalid_cursor" | "unsupported_content_type" | "payload_too_large" | "not_found" | "conflict" | "method_not_allowed" | "too_many_requests" | "unauthenticated" | "token_expired" | "token_revoked" | "forbidden" | "invalid_client" | "invalid_scope" | "unsupported_grant_type" | "empty_document" | "unsupported_document" | "document_damaged" | "document_password_protected" | "document_too_large" | "document_timeout" | "needs_ocr" | "not_a_cv" | "job_without_requirements" | "no_analysed_cv" | "agent_paused" | "task_not_cancellable" | "task_not_retryable" | "task_cancelled" | "lease_lost" | "destination_not_allowed" | "llm_unavailable" | "service_unavailable" | "internal_error";
            requestId: string;
            errors?: {
                path: string;
                message: string;
            }[];
        };
        Task: {
            /** Format: uuid */
            id: string;
            kind: string;
            /** @enum {string} */
            status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
            progress: number;
            progressNote: string | null;
            attempt: number;
            maxAttempts: number;
            result: {
                [key: string]: unknown;
            } | null;
            error: {
                code: string;
                message: string;
            } | null;
            subject: {
                type: string;
                id: string;
            } | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            startedAt: string | null;
            /** Format: date-time */
            finishedAt: string | null;
        };
        Provenance: {
            agentVersionId: string;
            embeddingSpace: string;
            taxonomyRevision: string;
            engineVersion: string;
        } | null;
        CvSummary: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            candidateId: string | null;
            version: number;
            fileName: string;
            mediaType: string | null;
            byteSize: number;
            sha256: string;
            externalId: string | null;
            /** @enum {string} */
            status: "queued" | "analysed" | "needs_ocr" | "failed";
            error: {
                code: string;
                message: string;
            } | null;
            language: string | null;
            warnings: {
                code: string;
                message: string;
            }[];
            provenance: components["schemas"]["Provenance"];
            /** Format: uuid */
            taskId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            analysedAt: string | null;
        };
        Profile: {
            /** @default {} */
            basics: {
                name?: string;
                label?: string;
                email?: string;
                phone?: string;
                url?: string;
                summary?: string;
                location?: {
                    address?: string;
                    postalCode?: string;
                    city?: string;
                    region?: string;
                    countryCode?: string;
                };
                profiles?: {
                    id: string;
                    network: string;
                    username?: string;
                    url: string;
                }[];
            };
            /** @default [] */
            work: {
                id: string;
                name?: string;
                position?: string;
                location?: string;
                startDate?: string;
                endDate?: string;
                summary?: string;
                highlights?: string[];
            }[];
            /** @default [] */
            education: {
                id: string;
                institution?: string;
                area?: string;
                studyType?: string;
                startDate?: string;
                endDate?: string;
                score?: string;
            }[];
            /** @default [] */
            skills: {
                id: string;
                name: string;
                level?: string;
                keywords?: string[];
            }[];
            /** @default [] */
            languages: {
                id: string;
                language: string;
                fluency?: string;
            }[];
            /** @default [] */
            certificates: {
                id: string;
                name: string;
                issuer?: string;
                date?: string;
            }[];
        } | null;
        Evidence: {
            pointer: string;
            /** Format: uuid */
            cvId: string;
            cvVersion: number;
            spans: {
                page: number;
                start: number;
                end: number;
                quote: string;
            }[];
            /** @enum {string} */
            origin: "stated" | "inferred" | "human";
            confidence: number;
        };
        CvFacts: {
            asOf: string | null;
            experienceMonths: number;
            currentWork: string[];
            titles: {
                workId: string;
                title: string;
                occupationId: string | null;
                months: number | null;
                lastUsed: string | null;
            }[];
            skills: {
                skillId: string | null;
                name: string;
                sources: string[];
                months: number | null;
                lastUsed: string | null;
                confidence: number;
                spans: {
                    page: number;
                    start: number;
                    end: number;
                    quote: string;
                }[];
            }[];
            languages: {
                entryId: string;
                code: string;
                /** @enum {string|null} */
                cefr: "A1" | "A2" | "B1" | "B2" | "C1" | "C2" | "native" | null;
                spans: {
                    page: number;
                    start: number;
                    end: number;
                    quote: string;
                }[];
            }[];
            /** @enum {string|null} */
            educationLevel: "secondary" | "vocational" | "bachelor" | "master" | "doctorate" | null;
            educationSpans: {
                page: number;
                start: number;
                end: number;
                quote: string;
            }[];
            drivingLicences: {
                category: string;
                spans: {
                    page: number;
                    start: number;
                    end: number;
                    quote: string;
                }[];
            }[];
        } | null;
        Cv: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            candidateId: string | null;
            version: number;
            fileName: string;
            mediaType: string | null;
            byteSize: number;
            sha256: string;
            externalId: string | null;
            /** @enum {string} */
            status: "queued" | "analysed" | "needs_ocr" | "failed";
            error: {
                code: string;
                message: string;
            } | null;
            language: string | null;
            warnings: {
                code: string;
                message: string;
            }[];
            provenance: components["schemas"]["Provenance"];
            /** Format: uuid */
            taskId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            analysedAt: string | null;
            profile: components["schemas"]["Profile"];
            evidence: components["schemas"]["Evidence"][] | null;
            facts: components["schemas"]["CvFacts"];
        };
        ErasureProof: {
            /** Format: uuid */
            candidateId: string | null;
            /** Format: uuid */
            cvId: string | null;
            /** Format: date-time */
            erasedAt: string;
            erased: {
                [key: string]: number;
            };
            receipt: string;
        };
        CandidateSummary: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            currentCvId: string | null;
            name: string | null;
            email: string | null;
            headline: string | null;
            language: string | null;
            city: string | null;
            countryCode: string | null;
            experienceMonths: number | null;
            occupationId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        Candidate: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            currentCvId: string | null;
            name: string | null;
            email: string | null;
            headline: string | null;
            language: string | null;
            city: string | null;
            countryCode: string | null;
            experienceMonths: number | null;
            occupationId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            profile: components["schemas"]["Profile"] & Record<string, never>;
            facts: components["schemas"]["CvFacts"] & Record<string, never>;
            cvs: {
                /** Format: uuid */
                id: string;
                version: number;
                fileName: string;
                /** @enum {string} */
                status: "queued" | "analysed" | "needs_ocr" | "failed";
                /** Format: date-time */
                createdAt: string;
            }[];
        };
        JobAnalysis: {
            language: string;
            title: string;
            titleEvidence: {
                start: number;
                end: number;
                quote: string;
            }[];
            occupationId: string | null;
            /** @enum {string|null} */
            seniority: "intern" | "junior" | "mid" | "senior" | "lead" | "head" | null;
            location: {
                city?: string;
                countryCode?: string;
                /** @enum {string} */
                remote?: "onsite" | "hybrid" | "remote";
            };
            requirements: {
                id: string;
                /** @enum {string} */
                kind: "skill" | "experience" | "education" | "language" | "certificate" | "licence" | "location" | "other";
                label: string;
                /** @enum {string} */
                importance: "must" | "nice";
                skillIds?: string[];
                skillNames?: string[];
                minYears?: number;
                /** @enum {string} */
                educationLevel?: "secondary" | "vocational" | "bachelor" | "master" | "doctorate";
                educationFields?: string[];
                languageCode?: string;
                /** @enum {string} */
                cefr?: "A1" | "A2" | "B1" | "B2" | "C1" | "C2" | "native";
                languageAlternatives?: string[];
                languageCount?: number;
                licenceCategory?: string;
                city?: string;
                countryCode?: string;
                evidence: {
                    start: number;
                    end: number;
                    quote: string;
                }[];
            }[];
            warnings: {
                code: string;
                message: string;
            }[];
        };
        Job: {
            /** Format: uuid */
            id: string;
            externalId: string | null;
            title: string;
            text: string;
            language: string;
            /** @enum {string} */
            status: "open" | "closed";
            version: number;
            analysis: components["schemas"]["JobAnalysis"];
            provenance: {
                embeddingSpace: string;
                taxonomyRevision: string;
                engineVersion: string;
            };
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        Match: {
            score: number;
            criteria: {
                /** @enum {string} */
                criterion: "skills" | "title" | "experience" | "education" | "languages" | "location" | "certificates";
                score: number | null;
                weight: number;
                hasData: boolean;
                facts: {
                    /** @enum {string} */
                    polarity: "positive" | "negative" | "mixed" | "unknown";
                    code: string;
                    params: {
                        [key: string]: string | number | boolean | null;
                    };
                    text: string;
                    requirementId: string | null;
                    quotes: {
                        page: number;
                        start: number;
                        end: number;
                        quote: string;
                    }[];
                }[];
            }[];
            mustHaves: {
                requirementId: string;
                label: string;
                /** @enum {string} */
                status: "met" | "not_met" | "unknown";
                reason: string;
                quotes: {
                    page: number;
                    start: number;
                    end: number;
                    quote: string;
                }[];
            }[];
            summary: string;
            /** Format: uuid */
            id: string;
            rank: number;
            /** Format: uuid */
            jobId: string;
            jobTitle: string;
            /** Format: uuid */
            candidateId: string;
            candidateName: string | null;
            /** Format: uuid */
            cvId: string;
            cvVersion: number;
            provenance: components["schemas"]["Provenance"] & Record<string, never>;
            /** Format: date-time */
            createdAt: string;
        };
        Ranking: {
            /** @enum {string} */
            direction: "candidates" | "jobs";
            /** Format: uuid */
            jobId: string | null;
            /** Format: uuid */
            candidateId: string | null;
            poolSize: number;
            items: components["schemas"]["Match"][];
            provenance: components["schemas"]["Provenance"] & Record<string, never>;
        };
        CandidateSearch: {
            understood: {
                skillIds: string[];
                title: string | null;
                unknownSkills: string[];
            };
            items: {
                /** Format: uuid */
                candidateId: string;
                name: string | null;
                headline: string | null;
                city: string | null;
                score: number;
                reasons: string[];
            }[];
        };
        Source: {
            /** Format: uuid */
            id: string;
            externalId: string | null;
            /** @enum {string} */
            kind: "document" | "cv";
            /** Format: uuid */
            cvId: string | null;
            /** Format: uuid */
            candidateId: string | null;
            title: string;
            mediaType: string | null;
            sha256: string;
            byteSize: number;
            language: string | null;
            /** @enum {string} */
            status: "queued" | "indexed" | "failed";
            error: {
                code: string;
                message: string;
            } | null;
            /** Format: uuid */
            taskId: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            indexedAt: string | null;
        };
        Passage: {
            /** Format: uuid */
            sourceId: string;
            /** @enum {string} */
            kind: "document" | "cv";
            title: string;
            /** Format: uuid */
            cvId: string | null;
            /** Format: uuid */
            candidateId: string | null;
            candidateName: string | null;
            /** Format: uuid */
            chunkId: string;
            page: number;
            start: number;
            end: number;
            heading: string | null;
            text: string;
            language: string;
            score: number;
        };
        Citation: {
            n: number;
            /** Format: uuid */
            sourceId: string;
            /** @enum {string} */
            kind: "document" | "cv";
            title: string;
            /** Format: uuid */
            cvId: string | null;
            /** Format: uuid */
            candidateId: string | null;
            candidateName: string | null;
            /** Format: uuid */
            chunkId: string;
            page: number;
            start: number;
            end: number;
            quote: string;
            score: number;
        };
        Answer: {
            /** Format: uuid */
            id: string;
            question: string;
            language: string;
            /** @description Null when the sources do not support an answer */
            answer: string | null;
            abstained: boolean;
            /** @description Why there is no answer, in the language of the question */
            reason: string | null;
            /** @enum {string} */
            mode: "extractive" | "llm";
            citations: components["schemas"]["Citation"][];
            provenance: {
                agentVersionId: string;
                embeddingSpace: string | null;
                taxonomyRevision: string;
                engineVersion: string;
                model: string | null;
                /** @enum {string|null} */
                fallback: "llm_unavailable" | null;
                support: number;
                droppedSentences: number;
            };
            durationMs: number;
        };
        Agent: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "cv-analyst" | "matcher" | "rag-assistant";
            name: string;
            description: string;
            /** @enum {string} */
            status: "active" | "paused";
            /** Format: date-time */
            pausedAt: string | null;
            pausedBy: string | null;
            pauseReason: string | null;
            activeVersion: {
                /** Format: uuid */
                id: string;
                number: number;
                config: {
                    [key: string]: unknown;
                };
                reason: string;
                /** Format: date-time */
                createdAt: string;
            };
        };
        Webhook: {
            /** Format: uuid */
            id: string;
            url: string;
            events: ("cv.analysed" | "cv.failed" | "match.completed" | "task.failed" | "candidate.erased" | "agent.paused" | "agent.resumed")[];
            description: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            lastDeliveryAt: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    issueToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "grant_type": "client_credentials",
                 *       "client_id": "tm_Zm9vYmFyYmF6",
                 *       "client_secret": "shown-once-when-the-client-was-made"
                 *     }
                 */
                "application/json": {
                    grant_type: string;
                    client_id: string;
                    client_secret: string;
                    scope?: string;
                };
                "application/x-www-form-urlencoded": {
                    grant_type: string;
                    client_id: string;
                    client_secret: string;
                    scope?: string;
                };
            };
        };
        responses: {
            /** @description A token for `Authorization: Bearer …` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",
                     *       "token_type": "Bearer",
                     *       "expires_in": 900,
                     *       "scope": "cvs:create cvs:read"
                     *     }
                     */
                    "application/json": {
                        access_token: string;
                        /** @enum {string} */
                        token_type: "Bearer";
                        expires_in: number;
                        scope: string;
                    };
                };
            };
            /** @description Refused */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "error": "invalid_client",
                     *       "error_description": "The client id or the client secret is wrong."
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        error: "invalid_client" | "invalid_scope" | "unsupported_grant_type" | "invalid_request";
                        error_description: string;
                    };
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A JSON Web Key Set (RFC 7517) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "keys": [
                     *         {
                     *           "kty": "EC",
                     *           "kid": "k1",
                     *           "alg": "ES256",
                     *           "use": "sig",
                     *           "crv": "P-256",
                     *           "x": "…",
                     *           "y": "…"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        keys: {
                            kty: string;
                            kid: string;
                            alg: string;
                            use: string;
                            crv?: string;
                            x?: string;
                            y?: string;
                        }[];
                    };
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The actor of the token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "actor": {
                     *         "type": "client",
                     *         "id": "01980000-0000-7000-8000-000000000001",
                     *         "name": "n8n"
                     *       },
                     *       "workspace": {
                     *         "id": "01980000-0000-7000-8000-000000000000",
                     *         "name": "Default workspace"
                     *       },
                     *       "roles": [
                     *         "integration"
                     *       ],
                     *       "permissions": [
                     *         "cvs:create",
                     *         "cvs:read"
                     *       ],
                     *       "tokenExpiresAt": "2026-11-22T10:15:00.000Z"
                     *     }
                     */
                    "application/json": {
                        actor: {
                            /** @enum {string} */
                            type: "client" | "user" | "system";
                            id: string;
                            name: string;
                        };
                        workspace: {
                            /** Format: uuid */
                            id: string;
                            name: string;
                        };
                        roles: string[];
                        permissions: string[];
                        /** Format: date-time */
                        tokenExpiresAt: string;
                    };
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCvs: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                status?: "queued" | "analysed" | "needs_ocr" | "failed";
                candidateId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of CVs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000c001",
                     *           "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *           "version": 1,
                     *           "fileName": "maelys-kerbrat.pdf",
                     *           "mediaType": "application/pdf",
                     *           "byteSize": 48213,
                     *           "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                     *           "externalId": null,
                     *           "status": "analysed",
                     *           "error": null,
                     *           "language": "fr",
                     *           "warnings": [],
                     *           "taskId": "01980000-0000-7000-8000-00000000b001",
                     *           "provenance": {
                     *             "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *             "embeddingSpace": "inbox-hre1-128",
                     *             "taxonomyRevision": "3f2a",
                     *             "engineVersion": "1"
                     *           },
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "analysedAt": "2026-11-22T10:00:00.300Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["CvSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createCv: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the task to finish; it answers the same task either way. */
                wait?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "fileName": "maelys-kerbrat.txt",
                 *       "text": "Maëlys Kerbrat\nDéveloppeuse back-end\nmaelys.kerbrat@example.com\n\nExpérience\nDéveloppeuse back-end, Exemplia, mars 2019 – aujourd’hui"
                 *     }
                 */
                "application/json": {
                    fileName?: string;
                    /** @description The bytes of the file in base64 */
                    contentBase64?: string;
                    /** @description Plain text, instead of a file */
                    text?: string;
                    /** @description Your own id for it */
                    externalId?: string;
                };
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                } & {
                    [key: string]: string;
                };
            };
        };
        responses: {
            /** @description The task has finished (look at `status`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "succeeded",
                     *       "progress": 100,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": {
                     *         "cvId": "01980000-0000-7000-8000-00000000c001",
                     *         "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *         "language": "fr",
                     *         "warnings": []
                     *       },
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The task is accepted and not finished yet; follow it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 0,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": null,
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `agent_paused`, `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_document`, `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `empty_document` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCv: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cvId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The CV */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000c001",
                     *       "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *       "version": 1,
                     *       "fileName": "maelys-kerbrat.pdf",
                     *       "mediaType": "application/pdf",
                     *       "byteSize": 48213,
                     *       "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                     *       "externalId": null,
                     *       "status": "analysed",
                     *       "error": null,
                     *       "language": "fr",
                     *       "warnings": [],
                     *       "taskId": "01980000-0000-7000-8000-00000000b001",
                     *       "provenance": {
                     *         "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "analysedAt": "2026-11-22T10:00:00.300Z",
                     *       "profile": {
                     *         "basics": {
                     *           "name": "Maëlys Kerbrat",
                     *           "email": "maelys.kerbrat@example.com"
                     *         },
                     *         "work": [
                     *           {
                     *             "id": "w1",
                     *             "position": "Développeuse back-end",
                     *             "name": "Exemplia",
                     *             "startDate": "2019-03"
                     *           }
                     *         ],
                     *         "education": [],
                     *         "skills": [
                     *           {
                     *             "id": "s1",
                     *             "name": "PostgreSQL"
                     *           }
                     *         ],
                     *         "languages": [],
                     *         "certificates": []
                     *       },
                     *       "facts": {
                     *         "asOf": "2026-10",
                     *         "experienceMonths": 92,
                     *         "currentWork": [
                     *           "w1"
                     *         ],
                     *         "titles": [
                     *           {
                     *             "workId": "w1",
                     *             "title": "Développeuse back-end",
                     *             "occupationId": "occupation/backend-developer",
                     *             "months": 92,
                     *             "lastUsed": "2026-10"
                     *           }
                     *         ],
                     *         "skills": [
                     *           {
                     *             "skillId": "skill/postgresql",
                     *             "name": "PostgreSQL",
                     *             "sources": [
                     *               "skills"
                     *             ],
                     *             "months": null,
                     *             "lastUsed": null,
                     *             "confidence": 0.95,
                     *             "spans": [
                     *               {
                     *                 "page": 1,
                     *                 "start": 812,
                     *                 "end": 822,
                     *                 "quote": "PostgreSQL"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "languages": [],
                     *         "educationLevel": null,
                     *         "educationSpans": [],
                     *         "drivingLicences": []
                     *       },
                     *       "evidence": [
                     *         {
                     *           "pointer": "/basics/name",
                     *           "cvId": "01980000-0000-7000-8000-00000000c001",
                     *           "cvVersion": 1,
                     *           "spans": [
                     *             {
                     *               "page": 1,
                     *               "start": 0,
                     *               "end": 14,
                     *               "quote": "Maëlys Kerbrat"
                     *             }
                     *           ],
                     *           "origin": "stated",
                     *           "confidence": 0.97
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Cv"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseCv: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cvId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Proof of what was erased */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *       "cvId": "01980000-0000-7000-8000-00000000c001",
                     *       "erasedAt": "2026-11-22T12:00:00.000Z",
                     *       "erased": {
                     *         "cvs": 1,
                     *         "cv_files": 1,
                     *         "embeddings": 14,
                     *         "candidates": 1
                     *       },
                     *       "receipt": "01980000-0000-7000-8000-00000000e001"
                     *     }
                     */
                    "application/json": components["schemas"]["ErasureProof"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCvText: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cvId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Text and page ranges */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "text": "Maëlys Kerbrat\n…",
                     *       "pages": [
                     *         {
                     *           "page": 1,
                     *           "start": 0,
                     *           "end": 16
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": {
                        text: string;
                        pages: {
                            page: number;
                            start: number;
                            end: number;
                        }[];
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `no_analysed_cv` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCvFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cvId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes as they were uploaded */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCandidates: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                /** @description part of a name */
                q?: string;
                language?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of candidates */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000d001",
                     *           "currentCvId": "01980000-0000-7000-8000-00000000c001",
                     *           "name": "Maëlys Kerbrat",
                     *           "email": "maelys.kerbrat@example.com",
                     *           "headline": "Développeuse back-end",
                     *           "language": "fr",
                     *           "city": "Rennes",
                     *           "countryCode": "FR",
                     *           "experienceMonths": 92,
                     *           "occupationId": "occupation/backend-developer",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "updatedAt": "2026-11-22T10:00:00.300Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["CandidateSummary"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCandidate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                candidateId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The candidate with profile and facts of the current CV */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000d001",
                     *       "currentCvId": "01980000-0000-7000-8000-00000000c001",
                     *       "name": "Maëlys Kerbrat",
                     *       "email": "maelys.kerbrat@example.com",
                     *       "headline": "Développeuse back-end",
                     *       "language": "fr",
                     *       "city": "Rennes",
                     *       "countryCode": "FR",
                     *       "experienceMonths": 92,
                     *       "occupationId": "occupation/backend-developer",
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.300Z",
                     *       "profile": {
                     *         "basics": {
                     *           "name": "Maëlys Kerbrat",
                     *           "email": "maelys.kerbrat@example.com"
                     *         },
                     *         "work": [
                     *           {
                     *             "id": "w1",
                     *             "position": "Développeuse back-end",
                     *             "name": "Exemplia",
                     *             "startDate": "2019-03"
                     *           }
                     *         ],
                     *         "education": [],
                     *         "skills": [
                     *           {
                     *             "id": "s1",
                     *             "name": "PostgreSQL"
                     *           }
                     *         ],
                     *         "languages": [],
                     *         "certificates": []
                     *       },
                     *       "facts": {
                     *         "asOf": "2026-10",
                     *         "experienceMonths": 92,
                     *         "currentWork": [
                     *           "w1"
                     *         ],
                     *         "titles": [
                     *           {
                     *             "workId": "w1",
                     *             "title": "Développeuse back-end",
                     *             "occupationId": "occupation/backend-developer",
                     *             "months": 92,
                     *             "lastUsed": "2026-10"
                     *           }
                     *         ],
                     *         "skills": [
                     *           {
                     *             "skillId": "skill/postgresql",
                     *             "name": "PostgreSQL",
                     *             "sources": [
                     *               "skills"
                     *             ],
                     *             "months": null,
                     *             "lastUsed": null,
                     *             "confidence": 0.95,
                     *             "spans": [
                     *               {
                     *                 "page": 1,
                     *                 "start": 812,
                     *                 "end": 822,
                     *                 "quote": "PostgreSQL"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "languages": [],
                     *         "educationLevel": null,
                     *         "educationSpans": [],
                     *         "drivingLicences": []
                     *       },
                     *       "cvs": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000c001",
                     *           "version": 1,
                     *           "fileName": "maelys-kerbrat.pdf",
                     *           "status": "analysed",
                     *           "createdAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Candidate"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    eraseCandidate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                candidateId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Proof of what was erased */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *       "cvId": null,
                     *       "erasedAt": "2026-11-22T12:00:00.000Z",
                     *       "erased": {
                     *         "cvs": 1,
                     *         "cv_files": 1,
                     *         "embeddings": 14,
                     *         "candidates": 1
                     *       },
                     *       "receipt": "01980000-0000-7000-8000-00000000e001"
                     *     }
                     */
                    "application/json": components["schemas"]["ErasureProof"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                /** @description part of a title */
                q?: string;
                status?: "open" | "closed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000f001",
                     *           "externalId": null,
                     *           "title": "Backend Engineer (JVM)",
                     *           "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes",
                     *           "language": "en",
                     *           "status": "open",
                     *           "version": 1,
                     *           "analysis": {
                     *             "language": "en",
                     *             "title": "Backend Engineer (JVM)",
                     *             "titleEvidence": [
                     *               {
                     *                 "start": 0,
                     *                 "end": 22,
                     *                 "quote": "Backend Engineer (JVM)"
                     *               }
                     *             ],
                     *             "occupationId": "occupation/backend-developer",
                     *             "seniority": null,
                     *             "location": {},
                     *             "requirements": [
                     *               {
                     *                 "id": "r1",
                     *                 "kind": "skill",
                     *                 "label": "PostgreSQL",
                     *                 "importance": "must",
                     *                 "skillIds": [
                     *                   "skill/postgresql"
                     *                 ],
                     *                 "evidence": [
                     *                   {
                     *                     "start": 84,
                     *                     "end": 94,
                     *                     "quote": "PostgreSQL"
                     *                   }
                     *                 ]
                     *               }
                     *             ],
                     *             "warnings": []
                     *           },
                     *           "provenance": {
                     *             "embeddingSpace": "inbox-hre1-128",
                     *             "taxonomyRevision": "3f2a",
                     *             "engineVersion": "1"
                     *           },
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "updatedAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Job"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createJob: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes"
                 *     }
                 */
                "application/json": {
                    text: string;
                    title?: string;
                    externalId?: string;
                    requirements?: {
                        id: string;
                        /** @enum {string} */
                        kind: "skill" | "experience" | "education" | "language" | "certificate" | "licence" | "location" | "other";
                        label: string;
                        /** @enum {string} */
                        importance: "must" | "nice";
                        skillIds?: string[];
                        skillNames?: string[];
                        minYears?: number;
                        /** @enum {string} */
                        educationLevel?: "secondary" | "vocational" | "bachelor" | "master" | "doctorate";
                        educationFields?: string[];
                        languageCode?: string;
                        /** @enum {string} */
                        cefr?: "A1" | "A2" | "B1" | "B2" | "C1" | "C2" | "native";
                        languageAlternatives?: string[];
                        languageCount?: number;
                        licenceCategory?: string;
                        city?: string;
                        countryCode?: string;
                        evidence: {
                            start: number;
                            end: number;
                            quote: string;
                        }[];
                    }[];
                };
            };
        };
        responses: {
            /** @description The job */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000f001",
                     *       "externalId": null,
                     *       "title": "Backend Engineer (JVM)",
                     *       "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes",
                     *       "language": "en",
                     *       "status": "open",
                     *       "version": 1,
                     *       "analysis": {
                     *         "language": "en",
                     *         "title": "Backend Engineer (JVM)",
                     *         "titleEvidence": [
                     *           {
                     *             "start": 0,
                     *             "end": 22,
                     *             "quote": "Backend Engineer (JVM)"
                     *           }
                     *         ],
                     *         "occupationId": "occupation/backend-developer",
                     *         "seniority": null,
                     *         "location": {},
                     *         "requirements": [
                     *           {
                     *             "id": "r1",
                     *             "kind": "skill",
                     *             "label": "PostgreSQL",
                     *             "importance": "must",
                     *             "skillIds": [
                     *               "skill/postgresql"
                     *             ],
                     *             "evidence": [
                     *               {
                     *                 "start": 84,
                     *                 "end": 94,
                     *                 "quote": "PostgreSQL"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "warnings": []
                     *       },
                     *       "provenance": {
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `job_without_requirements` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    analyseJobText: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes"
                 *     }
                 */
                "application/json": {
                    text: string;
                    title?: string;
                };
            };
        };
        responses: {
            /** @description What the text asks for */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "language": "en",
                     *       "title": "Backend Engineer (JVM)",
                     *       "titleEvidence": [
                     *         {
                     *           "start": 0,
                     *           "end": 22,
                     *           "quote": "Backend Engineer (JVM)"
                     *         }
                     *       ],
                     *       "occupationId": "occupation/backend-developer",
                     *       "seniority": null,
                     *       "location": {},
                     *       "requirements": [
                     *         {
                     *           "id": "r1",
                     *           "kind": "skill",
                     *           "label": "PostgreSQL",
                     *           "importance": "must",
                     *           "skillIds": [
                     *             "skill/postgresql"
                     *           ],
                     *           "evidence": [
                     *             {
                     *               "start": 84,
                     *               "end": 94,
                     *               "quote": "PostgreSQL"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "warnings": []
                     *     }
                     */
                    "application/json": components["schemas"]["JobAnalysis"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                jobId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000f001",
                     *       "externalId": null,
                     *       "title": "Backend Engineer (JVM)",
                     *       "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes",
                     *       "language": "en",
                     *       "status": "open",
                     *       "version": 1,
                     *       "analysis": {
                     *         "language": "en",
                     *         "title": "Backend Engineer (JVM)",
                     *         "titleEvidence": [
                     *           {
                     *             "start": 0,
                     *             "end": 22,
                     *             "quote": "Backend Engineer (JVM)"
                     *           }
                     *         ],
                     *         "occupationId": "occupation/backend-developer",
                     *         "seniority": null,
                     *         "location": {},
                     *         "requirements": [
                     *           {
                     *             "id": "r1",
                     *             "kind": "skill",
                     *             "label": "PostgreSQL",
                     *             "importance": "must",
                     *             "skillIds": [
                     *               "skill/postgresql"
                     *             ],
                     *             "evidence": [
                     *               {
                     *                 "start": 84,
                     *                 "end": 94,
                     *                 "quote": "PostgreSQL"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "warnings": []
                     *       },
                     *       "provenance": {
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                jobId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                jobId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "status": "closed"
                 *     }
                 */
                "application/json": {
                    text?: string;
                    title?: string;
                    /** @enum {string} */
                    status?: "open" | "closed";
                    requirements?: {
                        id: string;
                        /** @enum {string} */
                        kind: "skill" | "experience" | "education" | "language" | "certificate" | "licence" | "location" | "other";
                        label: string;
                        /** @enum {string} */
                        importance: "must" | "nice";
                        skillIds?: string[];
                        skillNames?: string[];
                        minYears?: number;
                        /** @enum {string} */
                        educationLevel?: "secondary" | "vocational" | "bachelor" | "master" | "doctorate";
                        educationFields?: string[];
                        languageCode?: string;
                        /** @enum {string} */
                        cefr?: "A1" | "A2" | "B1" | "B2" | "C1" | "C2" | "native";
                        languageAlternatives?: string[];
                        languageCount?: number;
                        licenceCategory?: string;
                        city?: string;
                        countryCode?: string;
                        evidence: {
                            start: number;
                            end: number;
                            quote: string;
                        }[];
                    }[];
                };
            };
        };
        responses: {
            /** @description The changed job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000f001",
                     *       "externalId": null,
                     *       "title": "Backend Engineer (JVM)",
                     *       "text": "Backend Engineer (JVM)\n\nWhat you need\n- at least four years with Java or Kotlin\n- PostgreSQL\n\nNice to have\n- Kubernetes",
                     *       "language": "en",
                     *       "status": "closed",
                     *       "version": 1,
                     *       "analysis": {
                     *         "language": "en",
                     *         "title": "Backend Engineer (JVM)",
                     *         "titleEvidence": [
                     *           {
                     *             "start": 0,
                     *             "end": 22,
                     *             "quote": "Backend Engineer (JVM)"
                     *           }
                     *         ],
                     *         "occupationId": "occupation/backend-developer",
                     *         "seniority": null,
                     *         "location": {},
                     *         "requirements": [
                     *           {
                     *             "id": "r1",
                     *             "kind": "skill",
                     *             "label": "PostgreSQL",
                     *             "importance": "must",
                     *             "skillIds": [
                     *               "skill/postgresql"
                     *             ],
                     *             "evidence": [
                     *               {
                     *                 "start": 84,
                     *                 "end": 94,
                     *                 "quote": "PostgreSQL"
                     *               }
                     *             ]
                     *           }
                     *         ],
                     *         "warnings": []
                     *       },
                     *       "provenance": {
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "updatedAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `job_without_requirements` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMatches: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                jobId?: string;
                candidateId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of matches */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000010001",
                     *           "rank": 1,
                     *           "jobId": "01980000-0000-7000-8000-00000000f001",
                     *           "jobTitle": "Backend Engineer (JVM)",
                     *           "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *           "candidateName": "Maëlys Kerbrat",
                     *           "cvId": "01980000-0000-7000-8000-00000000c001",
                     *           "cvVersion": 1,
                     *           "score": 0.83125,
                     *           "summary": "Meets all must-haves.",
                     *           "mustHaves": [
                     *             {
                     *               "requirementId": "r1",
                     *               "label": "PostgreSQL",
                     *               "status": "met",
                     *               "reason": "PostgreSQL is used in recent work.",
                     *               "quotes": [
                     *                 {
                     *                   "page": 1,
                     *                   "start": 812,
                     *                   "end": 822,
                     *                   "quote": "PostgreSQL"
                     *                 }
                     *               ]
                     *             }
                     *           ],
                     *           "criteria": [
                     *             {
                     *               "criterion": "skills",
                     *               "score": 0.9,
                     *               "weight": 1,
                     *               "hasData": true,
                     *               "facts": [
                     *                 {
                     *                   "polarity": "positive",
                     *                   "code": "skill_used",
                     *                   "params": {
                     *                     "skill": "PostgreSQL"
                     *                   },
                     *                   "text": "PostgreSQL is used in recent work.",
                     *                   "requirementId": "r1",
                     *                   "quotes": [
                     *                     {
                     *                       "page": 1,
                     *                       "start": 812,
                     *                       "end": 822,
                     *                       "quote": "PostgreSQL"
                     *                     }
                     *                   ]
                     *                 }
                     *               ]
                     *             }
                     *           ],
                     *           "provenance": {
                     *             "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *             "embeddingSpace": "inbox-hre1-128",
                     *             "taxonomyRevision": "3f2a",
                     *             "engineVersion": "1"
                     *           },
                     *           "createdAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Match"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createMatches: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the task to finish; it answers the same task either way. */
                wait?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "jobId": "01980000-0000-7000-8000-00000000f001",
                 *       "limit": 10
                 *     }
                 */
                "application/json": {
                    /** Format: uuid */
                    jobId?: string;
                    /** Format: uuid */
                    candidateId?: string;
                    candidateIds?: string[];
                    /** @default 20 */
                    limit?: number;
                    /** @default false */
                    async?: boolean;
                };
            };
        };
        responses: {
            /** @description The ranking (or the finished task) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "direction": "candidates",
                     *       "jobId": "01980000-0000-7000-8000-00000000f001",
                     *       "candidateId": null,
                     *       "poolSize": 19,
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000010001",
                     *           "rank": 1,
                     *           "jobId": "01980000-0000-7000-8000-00000000f001",
                     *           "jobTitle": "Backend Engineer (JVM)",
                     *           "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *           "candidateName": "Maëlys Kerbrat",
                     *           "cvId": "01980000-0000-7000-8000-00000000c001",
                     *           "cvVersion": 1,
                     *           "score": 0.83125,
                     *           "summary": "Meets all must-haves.",
                     *           "mustHaves": [
                     *             {
                     *               "requirementId": "r1",
                     *               "label": "PostgreSQL",
                     *               "status": "met",
                     *               "reason": "PostgreSQL is used in recent work.",
                     *               "quotes": [
                     *                 {
                     *                   "page": 1,
                     *                   "start": 812,
                     *                   "end": 822,
                     *                   "quote": "PostgreSQL"
                     *                 }
                     *               ]
                     *             }
                     *           ],
                     *           "criteria": [
                     *             {
                     *               "criterion": "skills",
                     *               "score": 0.9,
                     *               "weight": 1,
                     *               "hasData": true,
                     *               "facts": [
                     *                 {
                     *                   "polarity": "positive",
                     *                   "code": "skill_used",
                     *                   "params": {
                     *                     "skill": "PostgreSQL"
                     *                   },
                     *                   "text": "PostgreSQL is used in recent work.",
                     *                   "requirementId": "r1",
                     *                   "quotes": [
                     *                     {
                     *                       "page": 1,
                     *                       "start": 812,
                     *                       "end": 822,
                     *                       "quote": "PostgreSQL"
                     *                     }
                     *                   ]
                     *                 }
                     *               ]
                     *             }
                     *           ],
                     *           "provenance": {
                     *             "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *             "embeddingSpace": "inbox-hre1-128",
                     *             "taxonomyRevision": "3f2a",
                     *             "engineVersion": "1"
                     *           },
                     *           "createdAt": "2026-11-22T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "provenance": {
                     *         "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Ranking"] | components["schemas"]["Task"];
                };
            };
            /** @description The task that ranks */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "match.rank",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "job",
                     *         "id": "01980000-0000-7000-8000-00000000f001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `agent_paused`, `no_analysed_cv` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                matchId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The match */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000010001",
                     *       "rank": 1,
                     *       "jobId": "01980000-0000-7000-8000-00000000f001",
                     *       "jobTitle": "Backend Engineer (JVM)",
                     *       "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *       "candidateName": "Maëlys Kerbrat",
                     *       "cvId": "01980000-0000-7000-8000-00000000c001",
                     *       "cvVersion": 1,
                     *       "score": 0.83125,
                     *       "summary": "Meets all must-haves.",
                     *       "mustHaves": [
                     *         {
                     *           "requirementId": "r1",
                     *           "label": "PostgreSQL",
                     *           "status": "met",
                     *           "reason": "PostgreSQL is used in recent work.",
                     *           "quotes": [
                     *             {
                     *               "page": 1,
                     *               "start": 812,
                     *               "end": 822,
                     *               "quote": "PostgreSQL"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "criteria": [
                     *         {
                     *           "criterion": "skills",
                     *           "score": 0.9,
                     *           "weight": 1,
                     *           "hasData": true,
                     *           "facts": [
                     *             {
                     *               "polarity": "positive",
                     *               "code": "skill_used",
                     *               "params": {
                     *                 "skill": "PostgreSQL"
                     *               },
                     *               "text": "PostgreSQL is used in recent work.",
                     *               "requirementId": "r1",
                     *               "quotes": [
                     *                 {
                     *                   "page": 1,
                     *                   "start": 812,
                     *                   "end": 822,
                     *                   "quote": "PostgreSQL"
                     *                 }
                     *               ]
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "provenance": {
                     *         "agentVersionId": "01980000-0000-7000-8000-00000000a002",
                     *         "embeddingSpace": "inbox-hre1-128",
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Match"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    searchCandidates: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "skills": [
                 *         "PostgreSQL",
                 *         "Kubernetes"
                 *       ],
                 *       "title": "backend developer"
                 *     }
                 */
                "application/json": {
                    query?: string;
                    skills?: string[];
                    title?: string;
                    language?: string;
                    /** @default 20 */
                    limit?: number;
                };
            };
        };
        responses: {
            /** @description Candidates, best first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "understood": {
                     *         "skillIds": [
                     *           "skill/postgresql"
                     *         ],
                     *         "title": "backend developer",
                     *         "unknownSkills": []
                     *       },
                     *       "items": [
                     *         {
                     *           "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *           "name": "Maëlys Kerbrat",
                     *           "headline": "Développeuse back-end",
                     *           "city": "Rennes",
                     *           "score": 0.91,
                     *           "reasons": [
                     *             "has PostgreSQL"
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CandidateSearch"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSources: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                kind?: "document" | "cv";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sources */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000020001",
                     *           "externalId": "handbook-7",
                     *           "kind": "document",
                     *           "cvId": null,
                     *           "candidateId": null,
                     *           "title": "Recruiting policy",
                     *           "mediaType": "text/markdown",
                     *           "sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                     *           "byteSize": 1689,
                     *           "language": "en",
                     *           "status": "indexed",
                     *           "error": null,
                     *           "taskId": "01980000-0000-7000-8000-00000000b002",
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "indexedAt": "2026-11-22T10:00:00.200Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Source"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSource: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the task to finish; it answers the same task either way. */
                wait?: number | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "title": "Recruiting policy",
                 *       "externalId": "handbook-7",
                 *       "text": "# Recruiting policy\n\n## Referrals\nEmployees who recommend a candidate receive 1,500 euros."
                 *     }
                 */
                "application/json": {
                    fileName?: string;
                    /** @description The bytes of the file in base64 */
                    contentBase64?: string;
                    /** @description Plain text, instead of a file */
                    text?: string;
                    /** @description Your own id for it */
                    externalId?: string;
                    /** @description Title under which it is cited; default the file name */
                    title?: string;
                };
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                } & {
                    [key: string]: string;
                };
            };
        };
        responses: {
            /** @description The task has finished (look at `status`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "source.index",
                     *       "status": "succeeded",
                     *       "progress": 100,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": {
                     *         "sourceId": "01980000-0000-7000-8000-000000020001",
                     *         "language": "en",
                     *         "chunks": 6
                     *       },
                     *       "error": null,
                     *       "subject": {
                     *         "type": "source",
                     *         "id": "01980000-0000-7000-8000-000000020001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The task is accepted and not finished yet; follow it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "source.index",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 0,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "source",
                     *         "id": "01980000-0000-7000-8000-000000020001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": null,
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_document`, `unsupported_content_type` */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `empty_document`, `document_password_protected` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                sourceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The source */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000020001",
                     *       "externalId": "handbook-7",
                     *       "kind": "document",
                     *       "cvId": null,
                     *       "candidateId": null,
                     *       "title": "Recruiting policy",
                     *       "mediaType": "text/markdown",
                     *       "sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                     *       "byteSize": 1689,
                     *       "language": "en",
                     *       "status": "indexed",
                     *       "error": null,
                     *       "taskId": "01980000-0000-7000-8000-00000000b002",
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "indexedAt": "2026-11-22T10:00:00.200Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Source"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                sourceId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    searchPassages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "query": "migration Sage 100 SAP",
                 *       "limit": 5,
                 *       "scope": {
                 *         "kinds": [
                 *           "cv"
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": {
                    query: string;
                    /** @description ISO 639-1; detected when absent */
                    language?: string;
                    /** @default 10 */
                    limit?: number;
                    /** @description Look only here */
                    scope?: {
                        kinds?: ("document" | "cv")[];
                        sourceIds?: string[];
                        candidateIds?: string[];
                    };
                };
            };
        };
        responses: {
            /** @description Passages, best first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "sourceId": "01980000-0000-7000-8000-000000020002",
                     *           "kind": "cv",
                     *           "title": "severine-aubrac-diallo.pdf",
                     *           "cvId": "01980000-0000-7000-8000-00000000c002",
                     *           "candidateId": "01980000-0000-7000-8000-00000000d002",
                     *           "candidateName": "Séverine Aubrac-Diallo",
                     *           "chunkId": "01980000-0000-7000-8000-000000021001",
                     *           "page": 1,
                     *           "start": 294,
                     *           "end": 840,
                     *           "heading": "Parcours professionnel",
                     *           "text": "Pilotage de la migration de Sage 100 vers SAP S/4HANA",
                     *           "language": "fr",
                     *           "score": 0.98
                     *         }
                     *       ],
                     *       "language": "fr"
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Passage"][];
                        language: string;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `agent_paused` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    answerQuestion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "question": "Qui a déjà piloté une migration de Sage 100 vers SAP ?"
                 *     }
                 */
                "application/json": {
                    question: string;
                    /** @description ISO 639-1; detected when absent */
                    language?: string;
                    limit?: number;
                    /** @description Look only here */
                    scope?: {
                        kinds?: ("document" | "cv")[];
                        sourceIds?: string[];
                        candidateIds?: string[];
                    };
                };
            };
        };
        responses: {
            /** @description The answer, or an abstention with its reason */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000022001",
                     *       "question": "Qui a déjà piloté une migration de Sage 100 vers SAP ?",
                     *       "language": "fr",
                     *       "answer": "Séverine Aubrac-Diallo : « Pilotage de la migration de Sage 100 vers SAP S/4HANA » [1]",
                     *       "abstained": false,
                     *       "reason": null,
                     *       "mode": "extractive",
                     *       "citations": [
                     *         {
                     *           "n": 1,
                     *           "sourceId": "01980000-0000-7000-8000-000000020002",
                     *           "kind": "cv",
                     *           "title": "severine-aubrac-diallo.pdf",
                     *           "cvId": "01980000-0000-7000-8000-00000000c002",
                     *           "candidateId": "01980000-0000-7000-8000-00000000d002",
                     *           "candidateName": "Séverine Aubrac-Diallo",
                     *           "chunkId": "01980000-0000-7000-8000-000000021001",
                     *           "page": 1,
                     *           "start": 294,
                     *           "end": 840,
                     *           "score": 0.94,
                     *           "quote": "Pilotage de la migration de Sage 100 vers SAP S/4HANA"
                     *         }
                     *       ],
                     *       "provenance": {
                     *         "agentVersionId": "01980000-0000-7000-8000-00000000a003",
                     *         "embeddingSpace": null,
                     *         "taxonomyRevision": "3f2a",
                     *         "engineVersion": "1",
                     *         "model": null,
                     *         "fallback": null,
                     *         "support": 0.94,
                     *         "droppedSentences": 0
                     *       },
                     *       "durationMs": 42
                     *     }
                     */
                    "application/json": components["schemas"]["Answer"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `agent_paused` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAgents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All agents of the workspace */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000a001",
                     *           "kind": "matcher",
                     *           "name": "matcher",
                     *           "description": "Scores a candidate against a job, with reasons.",
                     *           "status": "active",
                     *           "pausedAt": null,
                     *           "pausedBy": null,
                     *           "pauseReason": null,
                     *           "activeVersion": {
                     *             "id": "01980000-0000-7000-8000-00000000a002",
                     *             "number": 1,
                     *             "config": {
                     *               "mustHaveNotMetFactor": 0.5
                     *             },
                     *             "reason": "Built in",
                     *             "createdAt": "2026-11-22T10:00:00.000Z"
                     *           }
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Agent"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name of the agent */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The agent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000a001",
                     *       "kind": "matcher",
                     *       "name": "matcher",
                     *       "description": "Scores a candidate against a job, with reasons.",
                     *       "status": "active",
                     *       "pausedAt": null,
                     *       "pausedBy": null,
                     *       "pauseReason": null,
                     *       "activeVersion": {
                     *         "id": "01980000-0000-7000-8000-00000000a002",
                     *         "number": 1,
                     *         "config": {
                     *           "mustHaveNotMetFactor": 0.5
                     *         },
                     *         "reason": "Built in",
                     *         "createdAt": "2026-11-22T10:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pauseAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name of the agent */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "Checking yesterday’s rankings"
                 *     }
                 */
                "application/json": {
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The paused agent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000a001",
                     *       "kind": "matcher",
                     *       "name": "matcher",
                     *       "description": "Scores a candidate against a job, with reasons.",
                     *       "status": "paused",
                     *       "pausedAt": "2026-11-22T11:00:00.000Z",
                     *       "pausedBy": "n8n",
                     *       "pauseReason": "Checking yesterday’s rankings",
                     *       "activeVersion": {
                     *         "id": "01980000-0000-7000-8000-00000000a002",
                     *         "number": 1,
                     *         "config": {
                     *           "mustHaveNotMetFactor": 0.5
                     *         },
                     *         "reason": "Built in",
                     *         "createdAt": "2026-11-22T10:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resumeAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name of the agent */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The active agent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000a001",
                     *       "kind": "matcher",
                     *       "name": "matcher",
                     *       "description": "Scores a candidate against a job, with reasons.",
                     *       "status": "active",
                     *       "pausedAt": null,
                     *       "pausedBy": null,
                     *       "pauseReason": null,
                     *       "activeVersion": {
                     *         "id": "01980000-0000-7000-8000-00000000a002",
                     *         "number": 1,
                     *         "config": {
                     *           "mustHaveNotMetFactor": 0.5
                     *         },
                     *         "reason": "Built in",
                     *         "createdAt": "2026-11-22T10:00:00.000Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Agent"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description id or name of the agent */
                agentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "input": {
                 *         "question": "Who has worked with Kubernetes?"
                 *       }
                 *     }
                 */
                "application/json": {
                    input: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description What the agent made of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentId": "01980000-0000-7000-8000-00000000a001",
                     *       "kind": "rag-assistant",
                     *       "output": {
                     *         "abstained": false
                     *       }
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        agentId: string;
                        /** @enum {string} */
                        kind: "cv-analyst" | "matcher" | "rag-assistant";
                        output?: unknown;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `agent_paused` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `llm_unavailable` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTasks: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
                status?: "queued" | "running" | "succeeded" | "failed" | "cancelled";
                kind?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tasks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-00000000b001",
                     *           "kind": "cv.analyse",
                     *           "status": "succeeded",
                     *           "progress": 100,
                     *           "progressNote": null,
                     *           "attempt": 1,
                     *           "maxAttempts": 3,
                     *           "result": {
                     *             "cvId": "01980000-0000-7000-8000-00000000c001",
                     *             "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *             "language": "fr",
                     *             "warnings": []
                     *           },
                     *           "error": null,
                     *           "subject": {
                     *             "type": "cv",
                     *             "id": "01980000-0000-7000-8000-00000000c001"
                     *           },
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "startedAt": "2026-11-22T10:00:00.020Z",
                     *           "finishedAt": "2026-11-22T10:00:00.310Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Task"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `invalid_request`, `invalid_cursor` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTask: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the task to finish; it answers the same task either way. */
                wait?: number | null;
            };
            header?: never;
            path: {
                taskId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task has finished (look at `status`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "succeeded",
                     *       "progress": 100,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": {
                     *         "cvId": "01980000-0000-7000-8000-00000000c001",
                     *         "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *         "language": "fr",
                     *         "warnings": []
                     *       },
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The task is accepted and not finished yet; follow it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 0,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": null,
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                taskId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task has finished (look at `status`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "succeeded",
                     *       "progress": 100,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": {
                     *         "cvId": "01980000-0000-7000-8000-00000000c001",
                     *         "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *         "language": "fr",
                     *         "warnings": []
                     *       },
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The task is accepted and not finished yet; follow it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 0,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": null,
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `task_not_cancellable` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                taskId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task has finished (look at `status`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "succeeded",
                     *       "progress": 100,
                     *       "progressNote": null,
                     *       "attempt": 1,
                     *       "maxAttempts": 3,
                     *       "result": {
                     *         "cvId": "01980000-0000-7000-8000-00000000c001",
                     *         "candidateId": "01980000-0000-7000-8000-00000000d001",
                     *         "language": "fr",
                     *         "warnings": []
                     *       },
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": "2026-11-22T10:00:00.020Z",
                     *       "finishedAt": "2026-11-22T10:00:00.310Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description The task is accepted and not finished yet; follow it at `Location` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-00000000b001",
                     *       "kind": "cv.analyse",
                     *       "status": "queued",
                     *       "progress": 0,
                     *       "progressNote": null,
                     *       "attempt": 0,
                     *       "maxAttempts": 3,
                     *       "result": null,
                     *       "error": null,
                     *       "subject": {
                     *         "type": "cv",
                     *         "id": "01980000-0000-7000-8000-00000000c001"
                     *       },
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "startedAt": null,
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `task_not_retryable`, `agent_paused` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All webhooks of the workspace */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "01980000-0000-7000-8000-000000011001",
                     *           "url": "https://n8n.example.com/webhook/talentmatch",
                     *           "events": [
                     *             "cv.analysed"
                     *           ],
                     *           "description": null,
                     *           "createdAt": "2026-11-22T10:00:00.000Z",
                     *           "lastDeliveryAt": null
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": {
                        items: components["schemas"]["Webhook"][];
                        nextCursor: string | null;
                    };
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    saveWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "https://n8n.example.com/webhook/talentmatch",
                 *       "events": [
                 *         "cv.analysed"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** Format: uri */
                    url: string;
                    events: ("cv.analysed" | "cv.failed" | "match.completed" | "task.failed" | "candidate.erased" | "agent.paused" | "agent.resumed")[];
                    secret?: string;
                    description?: string;
                };
            };
        };
        responses: {
            /** @description The webhook was there and is changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000011001",
                     *       "url": "https://n8n.example.com/webhook/talentmatch",
                     *       "events": [
                     *         "cv.analysed"
                     *       ],
                     *       "description": null,
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "lastDeliveryAt": null,
                     *       "secret": null
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        id: string;
                        url: string;
                        events: ("cv.analysed" | "cv.failed" | "match.completed" | "task.failed" | "candidate.erased" | "agent.paused" | "agent.resumed")[];
                        description: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        lastDeliveryAt: string | null;
                        /** @description the secret that was made, answered once; null when you gave one */
                        secret: string | null;
                    };
                };
            };
            /** @description The webhook is registered */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000011001",
                     *       "url": "https://n8n.example.com/webhook/talentmatch",
                     *       "events": [
                     *         "cv.analysed"
                     *       ],
                     *       "description": null,
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "lastDeliveryAt": null,
                     *       "secret": "5f1c…"
                     *     }
                     */
                    "application/json": {
                        /** Format: uuid */
                        id: string;
                        url: string;
                        events: ("cv.analysed" | "cv.failed" | "match.completed" | "task.failed" | "candidate.erased" | "agent.paused" | "agent.resumed")[];
                        description: string | null;
                        /** Format: date-time */
                        createdAt: string;
                        /** Format: date-time */
                        lastDeliveryAt: string | null;
                        /** @description the secret that was made, answered once; null when you gave one */
                        secret: string | null;
                    };
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `destination_not_allowed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "01980000-0000-7000-8000-000000011001",
                     *       "url": "https://n8n.example.com/webhook/talentmatch",
                     *       "events": [
                     *         "cv.analysed"
                     *       ],
                     *       "description": null,
                     *       "createdAt": "2026-11-22T10:00:00.000Z",
                     *       "lastDeliveryAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Yes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready, perhaps degraded */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok",
                     *       "checks": {
                     *         "database": {
                     *           "status": "ok",
                     *           "detail": "embedded"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "degraded" | "down";
                        checks: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "ok" | "degraded" | "down";
                                detail: string;
                            };
                        };
                    };
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "down",
                     *       "checks": {
                     *         "database": {
                     *           "status": "down",
                     *           "detail": "embedded"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": {
                        /** @enum {string} */
                        status: "ok" | "degraded" | "down";
                        checks: {
                            [key: string]: {
                                /** @enum {string} */
                                status: "ok" | "degraded" | "down";
                                detail: string;
                            };
                        };
                    };
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus text format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; version=0.0.4": string;
                };
            };
            /** @description `unauthenticated` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal_error` */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
