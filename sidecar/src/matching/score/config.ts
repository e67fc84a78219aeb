import type { MatcherConfig } from '../types.ts';

/** Changes whenever the same input would be scored or worded differently. */
export const matchingEngineVersion = '1';

/**
 * The built-in matcher. Location has no weight: the only place a CV states is the person's address, and an address must
 * not enter a score (it stands in for origin and class); whether a place suits is for the person and the recruiter.
 */
export const defaultMatcherConfig: MatcherConfig = {
  weights: { skills: 32, title: 32, experience: 14, education: 9, languages: 5, location: 0, certificates: 8 },
  mustHaveNotMetFactor: 0.65,
  mustHaveUnknownFactor: 0.85,
  listedOnlySkillWeight: 0.35,
  relatedSkillScore: 0.5,
};
