/** Structured logs: pino, with the request id on every line, rotation by pino-roll, and nothing personal or secret. */
import pino from 'pino';
import type { Logger as PinoLogger } from 'pino';
import type { Config } from '../config.ts';
import { AppError } from './errors.ts';

export type Logger = PinoLogger;

/** Object keys whose values never reach a log line, at any of the first three depths. */
const secretKeys = [
  'authorization', 'cookie', 'password', 'secret', 'clientSecret', 'client_secret', 'accessToken', 'access_token', 'refreshToken',
  'token', 'apiKey', 'privateJwk', 'contentBase64', 'bytes', 'text', 'quote', 'question', 'answer', 'profile', 'evidence',
  'email', 'phone', 'displayName', 'body',
];
const redactPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

export function createLogger(config: Config['log']): Logger {
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
    redact: { paths: redactPaths, censor: '[redacted]' },
    base: { pid: process.pid },
    serializers: { err: errorForLog },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (pretty) targets.push({ target: 'pino-pretty', level: config.level, options: { translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' } });
  else if (targets.length > 0) targets.push({ target: 'pino/file', level: config.level, options: { destination: 1 } });
  if (targets.length === 0) return pino(options);
  return pino(options, pino.transport({ targets }));
}

/** Errors of our own and of the language: their messages are written here and by V8. */
const ownErrors = new Set<unknown>([Error, TypeError, RangeError, ReferenceError, AppError]);
const deepestCause = 5;

/**
 * Type, code, status and stack frames. A message is kept only when it was written in this project: those of the
 * database, of parsers, of zod and of the LLM's client quote what they were given, which may be CV text. A cause is
 * what came from elsewhere by definition, so it never brings its message.
 */
export function errorForLog(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an Error object' };
  const { name, message } = error;
  const { code = (error as { parent?: { code?: unknown } }).parent?.code, status } = error as { code?: unknown; status?: unknown };
  const kept = depth === 0 && ownErrors.has(error.constructor) ? message.slice(0, 500) : undefined;
  const head = kept === undefined ? name : `${name}: ${kept}`;
  return {
    type: name === 'Error' ? error.constructor.name : name,
    ...(kept !== undefined && { message: kept }),
    ...(typeof code === 'string' && { code: code.slice(0, 64) }),
    ...(typeof status === 'number' && { status }),
    stack: [head, ...framesOf(error)].join('\n'),
    ...(error.cause !== undefined && depth < deepestCause && { cause: errorForLog(error.cause, depth + 1) }),
  };
}

/** The frames that follow the message, which may have several lines and may look like frames itself. */
function framesOf({ stack = '', message }: Error): string[] {
  const after = message === '' ? 0 : stack.lastIndexOf(message);
  const rest = after < 0 ? stack : stack.slice(after + message.length);
  return rest.split('\n').filter((line) => /^    at (?:[^(]+ \()?(?:file:|node:|\/|<anonymous>|[A-Z]:\\|async )[^)]*\)?$/.test(line));
}
