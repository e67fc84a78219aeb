/** What every operation is given: who asks, and the services it may use. */
import type { Config } from '../config.ts';
import type { Grant } from './access.ts';
import type { Broadcast } from './broadcast.ts';
import type { Cache } from './cache/cache.ts';
import type { Database } from './db/database.ts';
import type { Subscriber } from './events.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Tasks } from './queue/tasks.ts';
import type { RateLimiter } from './rateLimit/rateLimiter.ts';
import type { SecretBox } from './secrets.ts';
import type { LlmClient } from './llm.ts';

export interface Actor {
  type: 'client' | 'user' | 'system';
  /** stable id, pseudonymous in the audit log */
  id: string;
  name: string;
  workspaceId: string;
  roles: readonly string[];
  permissions: ReadonlySet<string>;
  /** by permission, which rows and fields it reaches; ask with `grantOf` (access.ts) */
  grants: ReadonlyMap<string, Grant>;
  /** of a user's token: the session it belongs to */
  sessionId: string | null;
  /** `jti` of the access token; null where there is none */
  tokenId: string | null;
}

/** One set a process; built in app.ts, closed in reverse order. */
export interface Services {
  config: Config;
  log: Logger;
  metrics: Metrics;
  db: Database;
  cache: Cache;
  broadcast: Broadcast;
  rateLimiter: RateLimiter;
  secretBox: SecretBox;
  tasks: Tasks;
  llm: LlmClient | null;
  subscribers: readonly Subscriber[];
}

export interface Ctx extends Services {
  actor: Actor;
  requestId: string;
  /** aborts when the request or the task is cancelled */
  signal: AbortSignal;
  /** set while a task runs */
  task: RunningTask | null;
}

export interface RunningTask {
  id: string;
  attempt: number;
  /** the task has failed for good when this attempt fails and `attempt` has reached it */
  maxAttempts: number;
  /** @param percent 0 to 100 */
  progress(percent: number, note?: string): Promise<void>;
  /**
   * Checks, inside the open transaction, that this attempt still owns the task; call it in every transaction that
   * writes a result, after locking the CVs it writes. @throws AppError `lease_lost`, `task_cancelled`
   */
  fence(): Promise<void>;
  /**
   * Ends the task inside the transaction that writes its result, so that both count or neither; takes the place of
   * `fence`. What the handler answers is then not used.
   * @param result JSON that shows ids and counts. @throws AppError `lease_lost`, `task_cancelled`
   */
  succeed(result: object | null): Promise<void>;
}

/** The actor of work that nobody asks for by name (tasks, subscriptions). It may do anything within one workspace. */
export function systemActor(workspaceId: string): Actor {
  return { type: 'system', id: 'system', name: 'TalentMatch', workspaceId, roles: [], permissions: new Set(), grants: new Map(), sessionId: null, tokenId: null };
}
