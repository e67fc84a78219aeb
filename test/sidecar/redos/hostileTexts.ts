/**
 * What long runs of make a pattern look again and again: the signs our patterns repeat, the openings they wait to see
 * closed, and what the checker found for the patterns that once took quadratic or exponential time.
 */
const units = [
	' ', '\t', '\n', '\u00a0', '\r\n \n', '.', ',', ':', ';', '-', '–', '@', '/', '\\', '#', '*', '_', '`', '|', '&', "'", '"', '“', '!', '?', '%', '=', '~',
	'(', ')', '[', ']', '{', '}', '<', '>', '()', '[(', '<(', '((a', '(a)', '[[a', '[a](', '![](', '![a', '[a](b ', '**a ', '__a', '*a', '`a ', '<!--', '<a ', '<b>', '<meta ', '<p title="', '&#',
	'a', 'A', '7', 'é', '中', 'a ', 'A ', '7 ', 'A7', 'Aa', 'AAa ', 'a.', 'A.', '7.', 'a-', 'A-', '7-', 'a@', 'a@a.', '.A.A.-', 'a@-', 'www.', 'http:', 'http://:', 'https://a/', '+4', '+49 (', '7/',
	' ,', ', ', ' -', ' - ', ' |', ' | ', '  ', ' (', ' (a', '. ', '. A', '!\t', ': ', '; ', ' y ', ' at ', ' en A', 'a\t', 'a    ', '- ', '• ', '• a', '\n- ', '\n# ', '\n\n', 'a\n', 'A\n\n', '---\n', '| - ', '|-', '===',
	'2019 - ', '01/2019 - 02/2020\n', '1. ', '5 years ', '5-', 'B2 ', 'c1e', 'speak', 'sprech', 'knowledge of ', 'einjahrig0', 'mehrjahrige a ', 'categor', 'permis b', 'degree in ', 'Senior ', 'Java, ', 'C++', 'C/', 'Java or ', 'any of: ',
	'{\\rtf1', '\\par ', "\\'e4", '\\u8364?', '{\\*', '\\bin9', '<<', '/A<', 'Experience\n', 'SKILLS ', 'Dr. ', 'z. B. ', 'e.g. ', 'Inc., ', 'DCMO', 'a@a ', '\u0301', '\ufb01', '\u0130', '😀',
];

/** Each as a name and a text of about the given length; a last sign that ends none of the runs makes a greedy search fail. */
export const hostileTexts: readonly { name: string; textOf: (length: number) => string }[] = [
	...units.map((unit) => ({ name: JSON.stringify(unit), textOf: (length: number) => `x${unit.repeat(Math.ceil(length / unit.length))}\u0007x` })),
	...units.filter((unit) => unit.length > 2).map((unit) => ({ name: `lines of ${JSON.stringify(unit)}`, textOf: (length: number) => `${unit.repeat(Math.ceil(60 / unit.length))}x\n`.repeat(Math.ceil(length / 60)) })),
	{ name: 'nested brackets', textOf: (length) => '('.repeat(length / 2) + ')'.repeat(length / 2) },
	{ name: 'nested square brackets', textOf: (length) => '[a'.repeat(length / 3) + ']'.repeat(length / 3) },
	{ name: 'spaces before each word', textOf: (length) => `${' '.repeat(200)}a`.repeat(length / 200) },
];
