/** Finds planted values in any text, in the forms that code on the way gives to a value. */
export interface Planted {
	/** what it is, for the message of a failure: the value itself is long */
	what: string;
	/** at least 6 characters, and in no text by chance */
	value: string;
}

interface Forms {
	/** compared without regard to case */
	anyCase: Map<string, string>;
	exact: Map<string, string>;
}

/** @returns one line for each planted value that the text holds: what, in which form, and the place */
export function plantedIn(text: string, planted: Iterable<Planted>): string[] {
	const lower = text.toLowerCase();
	const found: string[] = [];
	for (const { what, value } of planted) {
		const { anyCase, exact } = formsOf(value);
		const hit = firstOf(lower, anyCase) ?? firstOf(text, exact);
		if (hit !== null) found.push(`${what} (${hit.form}): …${text.slice(Math.max(0, hit.at - 80), hit.at + 80)}…`);
	}
	return found;
}

function firstOf(text: string, forms: Map<string, string>): { form: string; at: number } | null {
	for (const [form, needle] of forms) {
		const at = text.indexOf(needle);
		if (at >= 0) return { form, at };
	}
	return null;
}

const known = new Map<string, Forms>();

/** Raw, as JSON writes it (once and twice, also in ASCII), in a URL or form, in SQL and HTML, in hex, in base64 at each alignment. */
export function formsOf(value: string): Forms {
	const before = known.get(value);
	if (before !== undefined) return before;
	if (value.length < 6) throw new Error(`"${value}" is too short to be looked for`);
	const json = (text: string) => JSON.stringify(text).slice(1, -1);
	const ascii = (text: string) => text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
	const bytes = Buffer.from(value, 'utf8');
	const anyCase = distinct({
		'as it is': value, 'in JSON': json(value), 'in JSON twice': json(json(value)), 'in ASCII JSON': ascii(json(value)), 'in a URL': encodeURIComponent(value), 'in a form': new URLSearchParams({ '': value }).toString().slice(1),
		'in SQL': value.replaceAll("'", "''"), 'in HTML': value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;'), 'in hex': bytes.toString('hex'),
	}, (text) => text.toLowerCase());
	const exact: Record<string, string> = {};
	for (const offset of [0, 1, 2]) {
		// The first and the last characters also hold bits of the neighbours.
		const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64').replace(/=+$/, '').slice(offset === 0 ? 0 : offset + 1);
		const whole = (bytes.length + offset) % 3 === 0 ? encoded : encoded.slice(0, -1);
		exact[`in base64, offset ${offset}`] = whole;
		exact[`in base64url, offset ${offset}`] = whole.replaceAll('+', '-').replaceAll('/', '_');
	}
	const forms = { anyCase, exact: distinct(exact, (text) => text) };
	known.set(value, forms);
	return forms;
}

function distinct(forms: Record<string, string>, normalise: (text: string) => string): Map<string, string> {
	const seen = new Set<string>();
	return new Map(Object.entries(forms).map(([form, text]) => [form, normalise(text)] as const).filter(([, text]) => !seen.has(text) && seen.add(text)));
}
