import { expect, test } from 'vitest';
import { blindFileName, blindName, blindPerson } from '../../../sidecar/src/cvs/blind.ts';
import type { Evidence } from '../../../sidecar/src/cvs/profile.ts';

const text = 'Lives in Wexmoor, speaks German';
const span = (quote: string) => ({ page: 1, start: text.indexOf(quote), end: text.indexOf(quote) + quote.length, quote });
const evidence = (pointer: string, quote: string): Evidence => ({ pointer, cvId: '01980000-0000-7000-8000-00000000c001', cvVersion: 1, spans: [span(quote)], origin: 'stated', confidence: 0.9 });
const person = blindPerson('01980000-0000-7000-8000-00000000d001', {
	displayName: 'Ruby Talverne', profiles: [], evidence: [evidence('/basics/location/city', 'Wexmoor'), evidence('/languages/0/language', 'German')],
});

test('a quote loses what stands where contact data was found', () => {
	expect(person.value({ spans: [span('in Wexmoor, speaks German')] }).spans[0]).toEqual({ ...span('in Wexmoor, speaks German'), quote: 'in ███████, speaks German' });
	expect(person.evidence([evidence('/basics/location/city', 'Wexmoor'), evidence('/basics/location/countryCode', 'Wexmoor'), evidence('/languages/0/language', 'Wexmoor, speaks German')]))
		.toEqual([{ ...evidence('/languages/0/language', 'Wexmoor, speaks German'), spans: [{ ...span('Wexmoor, speaks German'), quote: '███████, speaks German' }] }]);
});

test('ids, codes, dates and what a job asks for stay as they are', () => {
	const value = { id: 'ruby', skillId: 'skill/ruby', skillIds: ['skill/ruby'], code: 'ruby', label: 'Ruby on Rails', startDate: '2014', score: 0.5, none: null, name: 'Ruby' };
	expect(person.value(value)).toEqual({ ...value, name: '████' });
});

test('of the address only the country stays', () => {
	const basics = { name: 'Ruby Talverne', email: 'r@example.com', phone: '1', url: 'u', label: 'Baker Talverne', location: { address: 'a', postalCode: 'p', city: 'c', region: 'r', countryCode: 'GB' }, profiles: [] };
	const profile = { basics, work: [], education: [], skills: [], languages: [], certificates: [] };
	expect(person.profile(profile).basics).toEqual({ name: person.name, label: 'Baker ████████', location: { countryCode: 'GB' } });
});

test('a person has one code, and two people have two', () => {
	expect(blindName('01980000-0000-7000-8000-00000000D001')).toBe(person.name);
	expect(new Set(Array.from({ length: 5_000 }, (_, n) => blindName(`person ${n}`))).size).toBeGreaterThan(4_990);
});

test.each([['Ruby Talverne.PDF', 'cv.pdf'], ['Ruby.Talverne', 'cv'], ['talverne.pdf.docx', 'cv.docx']])('the file %s is called %s', (name, shown) => {
	expect(blindFileName(name)).toBe(shown);
});
