import { expect, test } from 'vitest';
import { extractCv } from '../../../../sidecar/src/cvs/extract/extractCv.ts';
import { isPersonal } from '../../../../sidecar/src/cvs/extract/personalData.ts';
import { plainDocument } from './plainDocument.ts';

const nobody = { name: null, location: { address: null, postalCode: null, city: null, region: null, countryCode: null } };

test('personal lines behind the skills do not become skills', () => {
	const text = `Maëlys Kerbrat
Développeuse back-end
maelys@example.com

Expérience professionnelle
Développeuse back-end, Exemplia, Rennes
mars 2019 – aujourd'hui
- Services en Kotlin

Compétences
Kotlin
PostgreSQL
Maëlys Kerbrat
Née le 12.03.1988
Date de naissance : 12 mars 1988
12 rue des Lilas, 35000 Rennes
35000 Rennes
Nationalité : française
maelys@example.com
+33 6 00 00 00 00
`;
	const { profile, facts } = extractCv(plainDocument(text));
	expect(profile.skills.map(({ name }) => name)).toEqual(['Kotlin', 'PostgreSQL']);
	expect(facts.skills.map(({ name }) => name).sort()).toEqual(['Kotlin', 'PostgreSQL']);
});

test.each([
	'Born 12.03.1988', 'Date of birth: 12 March 1988', 'Geburtsdatum: 12. März 1988', 'Hauptstraße 5', '221B Example Street', 'Calle Mayor 14', 'Rua das Flores 20', 'Kerkstraat 7',
	'Nacionalidad: española', 'Stato civile: coniugato', 'someone@example.org', 'https://example.org/me', '+49 30 000000', '12/03/1988',
])('%s is personal', (text) => expect(isPersonal(text, nobody)).toBe(true));

test.each([
	'ISO 27001', 'Windows Server 2019', 'Address validation', 'Java 17', 'ETL via 3 pipelines', 'Sage 100', 'Streetwear design', 'Phone support', 'Web development', 'SQL Server 2016 (T-SQL)', 'IFRS 16', '5S', 'Gender studies',
	'Drive and initiative', 'E-mail marketing', 'Name resolution (DNS)',
])('%s is a skill', (text) => expect(isPersonal(text, nobody)).toBe(false));
