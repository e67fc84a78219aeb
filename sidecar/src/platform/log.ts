/** Structured logs: pino, with the request id on every line, rotation by pino-roll, and nothing personal or secret. */
import { format } from 'node:util';
import pino from 'pino';
import type { Logger as PinoLogger } from 'pino';
import type { Config } from '../config.ts';
import { AppError } from './errors.ts';

export type Logger = PinoLogger;

/** @param destination instead of stdout, for tests */
export function createLogger(config: Config['log'], destination?: pino.DestinationStream): Logger {
  const pretty = config.format === 'pretty' || (config.format === 'auto' && process.stdout.isTTY === true);
  const targets: pino.TransportTargetOptions[] = [];
  if (config.file !== undefined) {
    targets.push({
      target: 'pino-roll',
      level: config.level,
      options: { file: config.file, size: `${config.fileMaxMb}m`, frequency: 'daily', mkdir: true, dateFormat: 'yyyy-MM-dd', limit: { count: config.fileKeep } },
    });
  }
  const options: pino.LoggerOptions = {
    level: config.level,
    base: { pid: process.pid },
    formatters: { log: (object) => clean(object) as Record<string, unknown> },
    hooks: { logMethod: writeClean },
    // pino's own would take what errorForLog made for an error, and its type for `Object`.
    serializers: { err: (error: unknown) => error },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (pretty) targets.push({ target: 'pino-pretty', level: config.level, options: { translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' } });
  else if (targets.length > 0) targets.push({ target: 'pino/file', level: config.level, options: { destination: 1 } });
  if (destination !== undefined) return pino(options, destination);
  if (targets.length === 0) return pino(options);
  return pino(options, pino.transport({ targets }));
}

/** Without a message of ours pino would take that of the error, which may quote what it was given. */
function writeClean(this: Logger, args: unknown[], method: pino.LogFn): void {
  const [first, ...rest] = args;
  const [about, [message, ...values]] = typeof first === 'string' ? [{}, args] : [first instanceof Error ? { err: first } : first, rest];
  const said = typeof message === 'string' ? format(message, ...values.map((value) => clean(value))) : 'without a message';
  method.call(this, (about ?? {}) as object, cleanText(said));
}

/** Keys, without `-` and `_` and in lower case, whose words never reach a log line, at any depth. */
const hiddenKeys = new Set([
  'authorization', 'proxyauthorization', 'cookie', 'setcookie', 'signature', 'credential', 'credentials', 'link', 'privatejwk', 'contentbase64', 'bytes',
  'text', 'quote', 'question', 'query', 'answer', 'profile', 'evidence', 'facts', 'email', 'phone', 'displayname', 'candidatename', 'filename', 'body', 'payload',
  'sql', 'parameters', 'replacements', 'bind', 'detail', 'where', 'hint', 'fields', 'value',
]);
const hiddenEndings = ['secret', 'password', 'passwordhash', 'token', 'tokens', 'apikey', 'secretkey'];

function isHidden(key: string): boolean {
  const plain = key.replace(/[-_]/g, '').toLowerCase();
  return hiddenKeys.has(plain) || hiddenEndings.some((ending) => plain.endsWith(ending));
}

const hidden = '[redacted]';
const deepest = 6;
const mostItems = 50;
const longestText = 500;

/** What may be logged of a value: the second line of defence, as nothing secret or personal is handed to the log at all. */
export function clean(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (value instanceof Error) return errorForLog(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return typeof value === 'function' ? '[function]' : value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= deepest) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, mostItems).map((item) => clean(item, depth + 1));
  // A Map or URL has its content where Object.entries does not see it, and its own toJSON.
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, isHidden(key) && ['string', 'object'].includes(typeof part) && part !== null ? hidden : clean(part, depth + 1)]));
}

/** A text without what looks like a token, an address or a URL with a secret in it. Word by word, so that it takes linear time. */
export function cleanText(text: string): string {
  let afterScheme = false;
  return text.slice(0, longestText).replace(/\S+/g, (word) => {
    const told = afterScheme ? hidden : cleanWord(word);
    afterScheme = /^(?:bearer|basic)$/i.test(word.replace(/[^a-z]/gi, ''));
    return told;
  });
}

function cleanWord(word: string): string {
  if (word.includes('://')) return cleanUrl(word);
  // A JWT, the prefixes of our own tokens and sealed values, and what is as long as 32 random bytes.
  if (/eyJ[\w-]{6}|tm[a-z]_[\w-]{8}|\bv\d\.[\w-]{6,20}\.[\w-]|[\w-]{40}/.test(word)) return hidden;
  return /[^@]@[^@]+\.\p{L}{2}/u.test(word) ? hidden : word;
}

/** Scheme, host and path: the user, the query and the fragment may be credentials. */
function cleanUrl(word: string): string {
  const at = word.indexOf('://') + 3;
  const authority = word.slice(at).split('/', 1)[0] as string;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const rest = host + word.slice(at + authority.length);
  const end = rest.search(/[?#]/);
  return `${word.slice(0, at)}${host === authority ? '' : `${hidden}@`}${end < 0 ? rest : `${rest.slice(0, end)}?${hidden}`}`;
}

const deepestCause = 5;

/**
 * Type, code, status and stack frames. A message is kept only when it was written in this project: those of the
 * database, of parsers, of zod and of the LLM's client quote what they were given, which may be CV text. A cause is
 * what came from elsewhere by definition, so it never brings its message.
 */
export function errorForLog(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an Error object' };
  const { name } = error;
  const { code = (error as { parent?: { code?: unknown } }).parent?.code, status } = error as { code?: unknown; status?: unknown };
  const frames = framesOf(error);
  const kept = depth === 0 && isOurs(error, frames) ? cleanText(error.message) : undefined;
  const head = kept === undefined ? name : `${name}: ${kept}`;
  return {
    type: name === 'Error' ? error.constructor.name : name,
    ...(kept !== undefined && { message: kept }),
    ...(typeof code === 'string' && { code: code.slice(0, 64) }),
    ...(typeof status === 'number' && { status }),
    stack: [head, ...frames].join('\n'),
    ...(error.cause !== undefined && depth < deepestCause && { cause: errorForLog(error.cause, depth + 1) }),
  };
}

const ownSource = new URL('../', import.meta.url).href;
/** V8 names the property or the variable in these, and quotes values in others: "Cannot use 'in' operator to search for 'a' in <text>". */
const safeShapes = /^(?:Cannot (?:read|set) properties of (?:undefined|null) \((?:reading|setting) '[\w$]{1,60}'\)|[\w$.]{1,100} is not (?:a function|a constructor|iterable|defined))$/;

/** Libraries throw plain Errors as well, with what they could not read: where it was made tells whose words they are. */
function isOurs(error: Error, frames: string[]): boolean {
  if (error instanceof AppError) return true;
  if (error.constructor === Error) return frames[0]?.includes(ownSource) === true;
  return [TypeError, RangeError, ReferenceError].includes(error.constructor as TypeErrorConstructor) && safeShapes.test(error.message);
}

/** The frames that follow the message, which may have several lines and may look like frames itself. */
function framesOf({ stack = '', message }: Error): string[] {
  const after = message === '' ? 0 : stack.lastIndexOf(message);
  const rest = after < 0 ? stack : stack.slice(after + message.length);
  return rest.split('\n').filter((line) => /^    at (?:[^(]+ \()?(?:file:|node:|\/|<anonymous>|[A-Z]:\\|async )[^)]*\)?$/.test(line));
}
