/**
 * One sentence per fact code; {name} stands for a parameter. Parameters named `language`, `level`, `required` of a
 * degree etc. are codes that renderFact words from the tables below. Every language has the same keys (a type holds it).
 */
export const en = {
  facts: {
    skill_used: '{skill}: used in {years} years of work, last in {lastUsed}.',
    skill_used_undated: '{skill}: used at work.',
    skill_listed_only: '{skill} is listed, but no work entry shows its use.',
    skill_related: '{required} is not named; the related {skill} is.',
    skill_similar: '{required} is not named; the similar "{skill}" is.',
    skill_not_found: '{required}: not found in the CV.',
    title_same: 'Worked as "{title}", the same occupation as "{jobTitle}", for {years} years.',
    title_related: 'Worked as "{title}", which is related to "{jobTitle}", for {years} years.',
    title_similar: 'Worked as "{title}", close to "{jobTitle}", for {years} years.',
    title_different: 'The work titles of the CV, "{title}" among them, are far from "{jobTitle}".',
    title_missing: 'The CV names no work titles.',
    experience_enough: '{years} years of matching work; {required} are asked for.',
    experience_short: '{years} years of matching work and {total} years in all; {required} are asked for.',
    experience_total_short: '{total} years of work in all; {required} are asked for.',
    experience_unknown: 'The CV does not say how long the person has worked; {required} years are asked for.',
    experience_relevant: '{years} years of matching work.',
    education_met: '{found}: reaches the level asked for ({level}), in a matching field.',
    education_level_only: '{found}: reaches the level asked for ({level}); whether the field fits is not clear.',
    education_below: 'Highest degree stated: {found}; asked for: {level}.',
    education_unknown: 'The CV states no degree; asked for: {level}.',
    language_met: '{language} {level}; {wanted} is asked for.',
    language_stated: '{language} is stated.',
    language_below: '{language} {level}, below the {wanted} asked for.',
    language_level_missing: '{language} is stated without a level; {wanted} is asked for.',
    language_not_found: '{language}: not found in the CV.',
    languages_enough: '{count} languages at {wanted} or above; {required} are asked for.',
    languages_too_few: '{count} languages at {wanted} or above are stated; {required} are asked for.',
    certificate_found: '"{found}" answers "{required}".',
    certificate_similar: '"{found}" is close to "{required}".',
    certificate_not_found: '"{required}": not found in the CV.',
    licence_found: 'Driving licence {category}.',
    licence_not_found: 'Driving licence {category}: not found in the CV.',
    location_not_scored: 'The place is not scored: a person\'s address stays out of every score.',
    requirement_not_decidable: '"{required}": to be judged by a person.',
  },
  levels: { secondary: 'secondary school', vocational: 'vocational training', bachelor: 'bachelor\'s degree', master: 'master\'s degree', doctorate: 'doctorate', native: 'native', any: 'any level' },
  languages: { en: 'English', fr: 'French', de: 'German', es: 'Spanish', it: 'Italian', pt: 'Portuguese', nl: 'Dutch', pl: 'Polish', cs: 'Czech', da: 'Danish', sv: 'Swedish', no: 'Norwegian', fi: 'Finnish', ru: 'Russian', uk: 'Ukrainian', tr: 'Turkish', ar: 'Arabic', zh: 'Chinese', ja: 'Japanese', ro: 'Romanian', hu: 'Hungarian', el: 'Greek', ca: 'Catalan', ga: 'Irish', eu: 'Basque', gl: 'Galician' },
  or: 'or',
  unknownDate: 'an unknown year',
  decimal: '.',
};

export type FactCode = keyof typeof en.facts;
export type Wording = {
  facts: Record<FactCode, string>;
  levels: Record<keyof typeof en.levels, string>;
  languages: Record<keyof typeof en.languages, string>;
  or: string;
  unknownDate: string;
  decimal: string;
};
