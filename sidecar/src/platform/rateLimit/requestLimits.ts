/** How many requests whom: an address where nobody is known, else the actor and its workspace, each by class of route. */
import type { Context } from 'koa';
import type { Config } from '../../config.ts';
import type { Actor } from '../context.ts';
import { AppError } from '../errors.ts';
import { clientAddress } from '../http/clientAddress.ts';
import type { Metrics } from '../metrics.ts';
import type { AnyRoute, RateClass } from '../route.ts';
import { addressKey } from './addressKey.ts';
import type { Decision, Take } from './gcra.ts';
import type { RateLimiter } from './rateLimiter.ts';

/** Every part throws AppError `too_many_requests`, and tells the state of the quota in the headers of the answer. */
export interface RequestLimits {
  /** Before anything else is done for a route that needs no known caller to cost something. */
  ofAddress(http: Context, route: AnyRoute): Promise<void>;
  /**
   * Counts a request whose token was refused, and throws. Wrong tokens are guesses, and count like logins. One without
   * a token, or with one of ours that has expired or was revoked, guesses nothing: many executions of n8n may hold the
   * same expired token, and must get the 401 on which they ask for a new one.
   * @throws the refusal itself, until the address has had too many
   */
  ofRefusal(http: Context, refusal: unknown): Promise<never>;
  /** After the token, before the permission: a refused request costs as much as another. */
  ofActor(http: Context, route: AnyRoute, actor: Actor): Promise<void>;
}

type Who = 'address' | 'actor' | 'workspace' | 'refused';
interface Limit extends Take {
  /** of the policy, in headers and problems */
  name: string;
  rateClass: RateClass;
  who: Who;
}

const windowSeconds = 60;

export function createRequestLimits({ rateLimiter, metrics, config }: { rateLimiter: RateLimiter; metrics: Metrics; config: Pick<Config, 'rateLimits'> }): RequestLimits {
  const { perMinute, workspaceFactor } = config.rateLimits;

  async function enforce(http: Context, asked: Limit[]): Promise<void> {
    const limits = asked.filter(({ limit }) => limit > 0);
    if (limits.length === 0) return;
    const decisions = await rateLimiter.takeAll(limits);
    tell(http, limits, decisions);
    const refused = limits.filter((_, i) => decisions[i]?.allowed === false);
    const [first] = refused;
    if (first === undefined) return;
    for (const { rateClass, who } of refused) metrics.rateLimited.inc({ class: rateClass, who });
    const retryAfterSeconds = Math.max(...decisions.map((decision) => decision.retryAfterSeconds));
    throw new AppError('too_many_requests', `Too many requests: the limit "${first.name}" is ${first.limit} a minute. Wait ${retryAfterSeconds} s; RATE_LIMITS in the sidecar's configuration raises it.`, {
      retryAfterSeconds, 'violated-policies': refused.map(({ name }) => name),
    });
  }

  const byAddress = (http: Context, rateClass: RateClass, name: string, who: Who): Limit =>
    ({ key: `${name}:${addressKey(clientAddress(http))}`, name, rateClass, who, limit: perMinute[rateClass], windowSeconds });

  return {
    async ofAddress(http, { rate }) {
      if (rate === 'public' || rate === 'auth') await enforce(http, [byAddress(http, rate, `${rate}-address`, 'address')]);
    },
    async ofRefusal(http, refusal) {
      if (!(refusal instanceof AppError) || refusal.status !== 401) throw refusal;
      const isGuess = refusal.code === 'unauthenticated' && http.get('Authorization') !== '';
      await enforce(http, [isGuess ? byAddress(http, 'auth', 'wrong-tokens', 'refused') : byAddress(http, 'public', 'without-token', 'refused')]);
      throw refusal;
    },
    async ofActor(http, { rate }, actor) {
      if (rate === 'none') return;
      const limit = perMinute[rate];
      await enforce(http, [
        { key: `actor:${actor.id}:${rate}`, name: rate, rateClass: rate, who: 'actor', limit, windowSeconds },
        // So that one workspace with many clients leaves room for the others.
        { key: `workspace:${actor.workspaceId}:${rate}`, name: `workspace-${rate}`, rateClass: rate, who: 'workspace', limit: limit * workspaceFactor, windowSeconds },
      ]);
    },
  };
}

/** The two fields of draft-ietf-httpapi-ratelimit-headers-10: the policies, and what is left of each (r, for t seconds). */
function tell(http: Context, limits: readonly Limit[], decisions: readonly Decision[]): void {
  const add = (field: string, items: string[]) => http.set(field, [http.response.get(field), ...items].filter(Boolean).join(', '));
  add('RateLimit-Policy', limits.map(({ name, limit }) => `"${name}";q=${limit};w=${windowSeconds}`));
  // Never later than Retry-After says.
  add('RateLimit', limits.map(({ name }, i) => {
    const { remaining, resetSeconds, retryAfterSeconds } = decisions[i] as Decision;
    return `"${name}";r=${remaining};t=${retryAfterSeconds || resetSeconds}`;
  }));
}
