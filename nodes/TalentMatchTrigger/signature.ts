import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IWebhookFunctions } from 'n8n-workflow';

/** How old (or how far ahead) a delivery may be, in seconds: a recorded one cannot be replayed later. */
const window = 300;

/** One signature, one more while a rotated secret overlaps, and room for what may come; not a list to try keys with. */
const mostSignatures = 4;

/**
 * Whether a delivery comes from the sidecar: `X-TalentMatch-Signature` is a comma list in which one entry is `sha256=` +
 * hex HMAC-SHA256 of `timestamp + "." + rawBody`. Anything missing or odd counts as not authentic.
 */
export function isAuthentic({
  secret,
  headers,
  rawBody,
  now,
}: {
  secret: string | undefined;
  headers: ReturnType<IWebhookFunctions['getHeaderData']>;
  rawBody: Buffer | undefined;
  /** milliseconds since 1970 */
  now: number;
}): boolean {
  const timestamp = headers['x-talentmatch-timestamp'];
  const signature = headers['x-talentmatch-signature'];
  if (secret === undefined || secret === '' || !Buffer.isBuffer(rawBody)) return false;
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (typeof signature !== 'string' || Math.abs(now / 1000 - Number(timestamp)) > window) return false;
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(rawBody).digest('hex')}`);
  const given = signature.split(',');
  if (given.length > mostSignatures) return false;
  // All are compared, so that the time does not tell which one fits.
  return given.map((entry) => isSame(Buffer.from(entry.trim()), expected)).includes(true);
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
