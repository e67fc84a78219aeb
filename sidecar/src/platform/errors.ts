/**
 * Errors that a caller can act on. The code is stable (clients switch on it); the message says what to do next.
 * On the wire they become RFC 9457 problem JSON (see http/problem.ts).
 */

/** HTTP status of every code the API may answer. A new code is added here and nowhere else. */
export const errorStatus = {
  // request
  invalid_request: 400,
  invalid_cursor: 400,
  unsupported_content_type: 415,
  payload_too_large: 413,
  not_found: 404,
  conflict: 409,
  method_not_allowed: 405,
  too_many_requests: 429,
  // access
  unauthenticated: 401,
  token_expired: 401,
  token_revoked: 401,
  forbidden: 403,
  https_required: 403,
  invalid_client: 400,
  invalid_scope: 400,
  unsupported_grant_type: 400,
  invalid_grant: 400,
  invalid_credentials: 400,
  invalid_link: 400,
  weak_password: 400,
  grant_exceeded: 403,
  blind_mode: 403,
  // documents
  empty_document: 422,
  unsupported_document: 415,
  document_damaged: 422,
  document_password_protected: 422,
  document_too_large: 413,
  document_timeout: 422,
  needs_ocr: 422,
  not_a_cv: 422,
  // jobs and matching
  job_without_requirements: 422,
  no_analysed_cv: 409,
  // agents and tasks
  agent_paused: 409,
  task_not_cancellable: 409,
  task_not_retryable: 409,
  task_cancelled: 409,
  lease_lost: 409,
  // outside services
  destination_not_allowed: 422,
  download_failed: 422,
  llm_unavailable: 503,
  service_unavailable: 503,
  internal_error: 500,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** Codes after which the same task may succeed on another attempt. Every other AppError is final. */
const retryableCodes = new Set<ErrorCode>(['llm_unavailable', 'service_unavailable', 'lease_lost']);

export class AppError extends Error {
  override name = 'AppError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: Record<string, unknown> | undefined;

  /** @param message one or two sentences for the user: what is wrong and what to do next. Never CV text or a secret. */
  constructor(code: ErrorCode, message: string, details?: Record<string, unknown>, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = errorStatus[code];
    this.details = details;
  }

  get retryable(): boolean {
    return retryableCodes.has(this.code);
  }
}
