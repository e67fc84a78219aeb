/** What the documentation shows for each error code: a problem as it may leave the service. */
import { errorStatus } from './errors.ts';
import type { ErrorCode } from './errors.ts';

/** @returns a problem object (RFC 9457) with this code */
export function problemExample(code: ErrorCode): Record<string, unknown> {
  return {
    type: `urn:talentmatch:problem:${code}`,
    title: code.replaceAll('_', ' '),
    status: errorStatus[code],
    detail: details[code] ?? `The request was refused: ${code.replaceAll('_', ' ')}.`,
    code,
    requestId: '01980000-0000-7000-8000-000000000001',
    ...(code === 'invalid_request' && { errors: [{ path: 'query.limit', message: 'Expected number, received nan' }] }),
  };
}

/** @returns an error of RFC 6749, 5.2, as the token endpoint answers it with 400 */
export function oauthErrorExample(code: ErrorCode): { error: string; error_description: string } {
  return { error: code, error_description: details[code] ?? `The request was refused: ${code.replaceAll('_', ' ')}.` };
}

const details: Partial<Record<ErrorCode, string>> = {
  invalid_request: 'query.limit: Expected number, received nan.',
  invalid_cursor: 'The cursor is not one this API gave. Pass `nextCursor` of the page before.',
  unsupported_content_type: 'The Content-Type is not supported by this route. See /docs.',
  payload_too_large: 'The request body is too large. Send a smaller document; MAX_UPLOAD_MB sets the limit.',
  not_found: 'There is nothing with this id in your workspace.',
  conflict: 'This does not go with what is there already. Read it again and decide anew.',
  too_many_requests: 'Too many requests: the limit "read" is 600 a minute. Wait 3 s; RATE_LIMITS in the sidecar\'s configuration raises it.',
  unauthenticated: 'This route needs an access token: get one from POST /v1/oauth/token, or as a person from POST /v1/auth/login, and send it as "Authorization: Bearer …".',
  token_expired: 'The access token has expired. Get a new one from POST /v1/oauth/token, with the client secret or the refresh token.',
  token_revoked: 'This token was revoked: its session has ended, or its user or client is disabled. Log in again, or ask an administrator.',
  forbidden: 'This needs the permission jobs:read. Ask an administrator for a role that has it.',
  invalid_client: 'The client id or the client secret is wrong. Check the credential.',
  invalid_scope: 'The client has none of these permissions. Leave scope out for all it has; GET /v1/me lists them.',
  unsupported_grant_type: 'Use grant_type "client_credentials" or "refresh_token".',
  invalid_grant: 'The refresh token is not valid, has expired, or was used before. Log in again.',
  invalid_credentials: 'The e-mail address or the password is wrong. An administrator can make a link that sets a new password.',
  invalid_link: 'This link was used already, has expired, or was withdrawn. Ask an administrator for a new one.',
  weak_password: 'This password is easily guessed. Take a longer one.',
  grant_exceeded: 'This reaches further than you do. Nobody can give what they lack.',
  blind_mode: 'This would show who the person is, and your role works without names. Ask somebody whose role shows names.',
  empty_document: 'The document holds no text. Check the file and upload it again.',
  unsupported_document: 'This kind of file is not read. Upload a PDF, DOCX, ODT, RTF, HTML, Markdown or plain text file.',
  document_damaged: 'No page of the PDF could be read. Open it, save it again and upload the new file.',
  document_password_protected: 'The document is protected by a password. Remove the password and upload it again.',
  document_too_large: 'The document has 31 MB; at most 20 MB are read. Upload a smaller version, for example without photos.',
  document_timeout: 'The document took too long to read. Save it again, simpler, and upload the new file.',
  needs_ocr: 'The file is an image, and its text cannot be read without text recognition (OCR). Upload a PDF or DOCX that holds text.',
  not_a_cv: 'This document does not look like a CV: no contact, work or education was found. Check the file.',
  job_without_requirements: 'No requirement was found in this job text. Name what the person must bring (skills, years, languages).',
  no_analysed_cv: 'This CV has no text yet: its analysis is not finished, or it failed. GET /v1/cvs/{cvId} tells.',
  agent_paused: 'The agent "matcher" is paused. Resume it, or wait; tasks accepted before run on resume.',
  task_not_cancellable: 'The task has already ended (succeeded); there is nothing to cancel.',
  task_not_retryable: 'Only a failed or cancelled task can run again; this one is succeeded.',
  destination_not_allowed: 'This address is not one the service may call. OUTGOING_ALLOWED_HOSTS names private hosts that it may.',
  download_failed: 'The document could not be downloaded. Check the address, or upload the file itself.',
  llm_unavailable: 'The language model did not answer. Check LLM_BASE_URL, LLM_API_KEY and LLM_MODEL, or try again.',
  service_unavailable: 'The database does not answer. Try again in a few seconds.',
  internal_error: 'Something went wrong inside the service. Try again; if it stays, give the request id to the operator.',
};
