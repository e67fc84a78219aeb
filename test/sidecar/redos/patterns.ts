import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface Pattern {
	source: string;
	flags: string;
	/** "sidecar/src/x.ts:12" */
	at: string;
	/** The reason of a comment `// bounded: …` on the line of the pattern or the one before it. */
	bounded: string | null;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const bounded = /\/\/ bounded: (\S.*)$/;

/** Every regular expression literal of the sidecar, the nodes and the credentials. */
export function literalPatterns(): Pattern[] {
	return sourceFiles().flatMap((file) => {
		const text = readFileSync(join(root, file), 'utf8');
		if (!text.includes('/')) return [];
		const lines = text.split('\n');
		const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
		const found: Pattern[] = [];
		const visit = (node: ts.Node): void => {
			if (ts.isRegularExpressionLiteral(node)) {
				const line = tree.getLineAndCharacterOfPosition(node.getStart()).line;
				const end = node.text.lastIndexOf('/');
				const reason = bounded.exec(lines[line]!)?.[1] ?? bounded.exec(lines[line - 1] ?? '')?.[1] ?? null;
				found.push({ source: node.text.slice(1, end), flags: node.text.slice(end + 1), at: `${file}:${line + 1}`, bounded: reason });
			}
			ts.forEachChild(node, visit);
		};
		visit(tree);
		return found;
	});
}

/** Where patterns are built while the code runs: each "file:line" with `new RegExp(…)`. */
export function buildingPlaces(): string[] {
	return sourceFiles().flatMap((file) =>
		readFileSync(join(root, file), 'utf8')
			.split('\n')
			.flatMap((line, index) => (/\bRegExp\(/.test(line) ? [`${file}:${index + 1}`] : [])),
	);
}

/** From now on every pattern that code of `sidecar/src` builds is noted, once per source and flags. */
export function noteBuiltPatterns(): { patterns: Map<string, Pattern>; restore(): void } {
	const patterns = new Map<string, Pattern>();
	const native = globalThis.RegExp;
	const note = (made: RegExp): RegExp => {
		// The caller itself: what a library builds when our code loads it is the library's.
		const caller = (new Error().stack ?? '').split('\n').slice(1).find((frame) => !frame.includes('/redos/patterns.ts')) ?? '';
		const at = /(?:sidecar\/src|nodes|credentials)\/[^():]+\.ts:\d+/.exec(caller)?.[0];
		const key = `/${made.source}/${made.flags}`;
		if (at !== undefined && !patterns.has(key)) patterns.set(key, { source: made.source, flags: made.flags, at, bounded: null });
		return made;
	};
	globalThis.RegExp = new Proxy(native, {
		construct: (target, args) => note(Reflect.construct(target, args)),
		apply: (target, _self, args) => note(Reflect.apply(target, undefined, args)),
	});
	return { patterns, restore: () => void (globalThis.RegExp = native) };
}

function sourceFiles(): string[] {
	return ['sidecar/src', 'nodes', 'credentials'].flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
			.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
			.map((name) => `${folder}/${name}`),
	);
}
