/** docs/security.md says which test holds which line: what it names is there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const repository = new URL('../../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, repository), 'utf8');
const document = text('docs/security.md');
/** As the document writes them: - `file`: "title" */
const referenceLine = /^- `(test\/[^`]+)`: "(.+)"$/;

const items = [
	'Broken object level authorization', 'Broken authentication', 'Broken object property level authorization', 'Unrestricted resource consumption', 'Broken function level authorization',
	'Unrestricted access to sensitive business flows', 'Server side request forgery', 'Security misconfiguration', 'Improper inventory management', 'Unsafe consumption of APIs',
].map((title, index) => `API${index + 1} ${title}`);

function sectionOf(heading: string, inText = document): string {
	return inText.split(/^(?=##)/m).find((section) => section.split('\n', 1)[0]?.replace(/^#+ /, '') === heading) ?? '';
}

/** @returns what is wrong with the references of a text */
function missing(section: string): string[] {
	const named = section.split('\n').filter((line) => line.includes('test/') && line.startsWith('- '));
	return named.flatMap((line) => {
		const [, file = '', title = ''] = referenceLine.exec(line) ?? [];
		if (file === '') return [`not understood: ${line}`];
		if (!existsSync(new URL(file, repository))) return [`no file ${file}`];
		return hasTitle(text(file), title) ? [] : [`${file} has no test "${title}"`];
	});
}

/** A title as it stands in the code: the whole literal, the end of a template with a number before it, or a row of `each`. */
function hasTitle(code: string, title: string): boolean {
	const escaped = title.replaceAll("'", "\\'");
	return code.includes(`'${escaped}'`) || code.includes(`"${title}"`) || code.includes(`} ${title}\``) || code.includes(`\`${title}\``);
}

test.each(items)('%s has its section, two sentences and tests that exist', (heading) => {
	const section = sectionOf(heading);
	expect(section.split('\n').slice(1).join(' ').split(/\. |\.$/m).length).toBeGreaterThan(2);
	expect(section.split('\n').filter((line) => referenceLine.test(line)).length).toBeGreaterThanOrEqual(3);
	expect(missing(section)).toEqual([]);
});

test('nothing else it names is missing either', () => {
	expect(missing(document)).toEqual([]);
	for (const [, file] of document.matchAll(/\]\(([\w./-]+\.md)\)/g)) expect(existsSync(new URL(`docs/${file}`, repository)), file).toBe(true);
	const { scripts, author } = JSON.parse(text('package.json'));
	for (const [, script] of document.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(script);
	expect(document).toContain(author.email);
});

test('every variable it speaks of is there', () => {
	const configuration = text('docs/configuration.md');
	const names = new Set([...document.matchAll(/`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`/g)].map(([, name]) => name as string));
	names.delete('NODE_DEBUG');
	for (const name of names) expect(configuration).toContain(`\`${name}\``);
});

test('the rest is said as well', () => {
	for (const heading of ['Threat model', 'What an operator must do', 'Rotating keys and credentials', 'What is not there yet', 'Reporting a vulnerability']) expect(sectionOf(heading).length, heading).toBeGreaterThan(100);
	expect(sectionOf('What is not there yet')).toMatch(/second factor[\s\S]*OIDC[\s\S]*virus/);
	for (const file of ['README.md', 'docs/ARCHITECTURE.md']) expect(text(file)).toMatch(/\((?:docs\/)?security\.md\)/);
});

test('a test that is not there is noticed', () => {
	expect(missing('- `test/sidecar/docs/none.test.ts`: "says nothing"')).toEqual(['no file test/sidecar/docs/none.test.ts']);
	expect(missing('- `test/sidecar/audit/appendOnly.test.ts`: "says nothing"')).toEqual(['test/sidecar/audit/appendOnly.test.ts has no test "says nothing"']);
	expect(missing('- test/sidecar/audit/appendOnly.test.ts: says nothing')).toHaveLength(1);
});
