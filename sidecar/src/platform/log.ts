/** Structured logs: pino, with the request id on every line, rotation by pino-roll, and nothing personal or secret. */
import pino from 'pino';
import type { Logger as PinoLogger } from 'pino';
import type { Config } from '../config.ts';

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
    serializers: { err: errorWithoutQuery },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (pretty) targets.push({ target: 'pino-pretty', level: config.level, options: { translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' } });
  else if (targets.length > 0) targets.push({ target: 'pino/file', level: config.level, options: { destination: 1 } });
  if (targets.length === 0) return pino(options);
  return pino(options, pino.transport({ targets }));
}

/** Database errors carry the SQL with its values, which may be CV text: keep type, message and stack only. */
function errorWithoutQuery(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'not an Error object' };
  const { name, message, stack } = error;
  const code = (error as { code?: unknown }).code;
  const cause = error.cause instanceof Error ? errorWithoutQuery(error.cause) : undefined;
  return { type: name, message: message.slice(0, 500), ...(typeof code === 'string' && { code }), stack, ...(cause !== undefined && { cause }) };
}
