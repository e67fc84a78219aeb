/** The part of erasure that concerns passages and the log of questions. */
import { candidates, cvs } from '../cvs/Cv.ts';
import type { Profile } from '../cvs/profile.ts';
import type { Ctx } from '../platform/context.ts';

/**
 * Part of the caller's transaction; call it before the candidate's own rows go. Removes the passages of the person's CVs
 * and every logged question that cites the person, or names them in full or by e-mail. A question that holds only a part
 * of the name or the phone number may mean somebody else: its row stays for the statistics, without its words.
 * @returns rows erased by table; `rag_queries_blanked` are the rows that stay
 */
export async function eraseCandidateKnowledge(ctx: Ctx, candidateId: string): Promise<Record<string, number>> {
  const owned = 'workspace_id = $workspaceId AND (candidate_id = $candidateId OR cv_id IN (SELECT id FROM cvs WHERE workspace_id = $workspaceId AND candidate_id = $candidateId))';
  const count = async (sql: string, values: object = {}): Promise<number> => {
    const [row] = await ctx.db.query<{ count: number }>(`WITH gone AS (${sql} RETURNING 1) SELECT count(*)::int AS count FROM gone`, {
      bind: { workspaceId: ctx.actor.workspaceId, ...values },
    });
    return row?.count ?? 0;
  };
  const { full, emails, patterns, phones } = await wordsFor(ctx, candidateId);
  return {
    chunks: await count(`DELETE FROM chunks WHERE workspace_id = $workspaceId AND source_id IN (SELECT id FROM sources WHERE ${owned})`, { candidateId }),
    sources: await count(`DELETE FROM sources WHERE ${owned}`, { candidateId }),
    rag_queries:
      (await count('DELETE FROM rag_queries WHERE workspace_id = $workspaceId AND candidate_ids @> ARRAY[$candidateId]::uuid[]', { candidateId })) +
      (await count(
        `DELETE FROM rag_queries WHERE workspace_id = $workspaceId AND (
           EXISTS (SELECT 1 FROM unnest($full::text[]) name WHERE position(${folded('name')} IN ${folded('question')}) > 0)
           OR EXISTS (SELECT 1 FROM unnest($emails::text[]) email WHERE position(lower(email) IN lower(question)) > 0))`,
        { full, emails },
      )),
    rag_queries_blanked: await count(
      `UPDATE rag_queries SET question = '', citations = '[]', candidate_ids = '{}' WHERE workspace_id = $workspaceId AND (
         EXISTS (SELECT 1 FROM unnest($patterns::text[]) pattern WHERE ${folded('question')} ~ ${folded('pattern')})
         OR EXISTS (SELECT 1 FROM unnest($phones::text[]) phone WHERE position(phone IN regexp_replace(question, '[^0-9]', '', 'g')) > 0))`,
      { patterns, phones },
    ),
  };
}

/** Without case and accents, however they were typed. */
const folded = (text: string) => `unaccent(lower(normalize(${text})))`;

interface PersonWords {
  /** names of at least two words */
  full: string[];
  emails: string[];
  /** regular expressions of PostgreSQL, one a part of the name; to be folded */
  patterns: string[];
  /** last digits of phone numbers: what the international and the national way of writing share */
  phones: string[];
}

async function wordsFor(ctx: Ctx, candidateId: string): Promise<PersonWords> {
  const { workspaceId } = ctx.actor;
  const person = await candidates(ctx.db).findOne({ where: { workspaceId, id: candidateId }, attributes: ['displayName', 'email', 'profile'], raw: true });
  const versions = await cvs(ctx.db).findAll({ where: { workspaceId, candidateId }, attributes: ['profile'], raw: true });
  const basics = [person?.profile, ...versions.map(({ profile }) => profile)].flatMap((profile: Profile | null | undefined) => profile?.basics ?? []);
  const present = (values: (string | null | undefined)[]) => [...new Set(values.flatMap((value) => value?.trim() || []))];
  const names = present([person?.displayName, ...basics.map(({ name }) => name)]);
  const digits = present(basics.map(({ phone }) => phone?.replace(/\D/g, '')));
  return {
    full: names.filter((name) => partsOf(name).length > 1),
    emails: present([person?.email, ...basics.map(({ email }) => email)]),
    patterns: [...new Set([...names.flatMap(partsOf).flatMap(patternsOf), ...names.flatMap(familyNameFirst)])],
    phones: digits.filter((number) => number.length >= 6).map((number) => number.slice(-8)),
  };
}

const partsOf = (name: string): string[] => name.normalize().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

/** Shorter parts are words of many languages ("an", "de", "van"). */
const shortestPart = 4;

/** A whole word, also in the genitive; German umlauts and Nordic vowels also as two letters. */
function patternsOf(part: string): string[] {
  // Scripts that write no spaces between words.
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(part)) return part.length > 1 ? [part] : [];
  if (part.length < shortestPart) return [];
  const spelledOut = part.toLowerCase().replace(/[äæ]/g, 'ae').replace(/[öøœ]/g, 'oe').replace(/ü/g, 'ue').replace(/å/g, 'aa').replace(/ß/g, 'ss');
  return [part, spelledOut].map((word) => `(^|[^[:alnum:]])${word}(e?s)?($|[^[:alnum:]])`);
}

/** "Xu, Bo" and "Xu Bo" for Bo Xu, whose parts are too short to be looked for by themselves. */
function familyNameFirst(name: string): string[] {
  const parts = partsOf(name);
  const last = parts.pop();
  return last === undefined || parts.length === 0 ? [] : [`(^|[^[:alnum:]])${last},?[[:space:]]+${parts.join('[[:space:]]+')}($|[^[:alnum:]])`];
}
