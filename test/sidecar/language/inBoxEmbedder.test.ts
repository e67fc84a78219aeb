import { describe, expect, it } from 'vitest';
import { AppError } from '../../../sidecar/src/platform/errors.ts';
import { cosine, embedLabel, inBoxSpace, loadInBoxEmbedder } from '../../../sidecar/src/language/inBoxEmbedder.ts';

/** First four and last component, computed by the prototype the weights were trained with. */
const golden: [string, number[]][] = [
  ['Software engineer', [0.140668, -0.14376, -0.065619, 0.065131, 0.004659]],
  ['Krankenpfleger/in (m/w/d)', [0.025, -0.162171, -0.099135, -0.050291, 0.028782]],
  ['Développeuse web', [-0.058855, -0.122337, -0.068881, -0.049243, -0.086914]],
  ['Разработчик на софтуер', [0.070384, -0.090307, -0.11285, 0.003985, -0.000131]],
  ['日本語 エンジニア', [-0.040324, 0.080648, 0, 0, -0.080648]],
  ['qzx', [-0.004951, 0.004951, -0.138946, 0.004951, -0.071948]],
];

describe('the in-box embedder', () => {
  it.each(golden)('embeds %s as it was trained to', (label, expected) => {
    const vector = embedLabel(label);
    const found = [...vector.slice(0, 4), vector[127]!];
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });

  it('answers unit vectors in the order of the texts', async () => {
    const vectors = await loadInBoxEmbedder().embed(['nurse', 'plumber'], 'label');
    expect(vectors).toHaveLength(2);
    for (const vector of vectors) expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    expect(vectors[1]).toEqual(embedLabel('plumber'));
  });

  it('brings a title of one language near to the same title of another', () => {
    const nurse = embedLabel('nurse');
    expect(cosine(nurse, embedLabel('Krankenpfleger'))).toBeGreaterThan(0.5);
    expect(cosine(nurse, embedLabel('Krankenpfleger'))).toBeGreaterThan(cosine(nurse, embedLabel('Maurer')) + 0.3);
  });

  it('ignores gender forms, case and accents', () => {
    expect(embedLabel('Ingenieur (m/w/d)')).toEqual(embedLabel('INGÉNIEUR'));
  });

  it('gives the zero vector for a text without words', () => {
    expect(cosine(embedLabel(' – '), embedLabel('nurse'))).toBe(0);
  });

  it('refuses to embed anything but labels', async () => {
    await expect(loadInBoxEmbedder().embed(['Who knows Kafka?'], 'query')).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(loadInBoxEmbedder().embed(['text'], 'passage')).rejects.toBeInstanceOf(AppError);
  });

  it('names its space by the weights', () => {
    expect(inBoxSpace).toMatchObject({ id: 'inbox-hre1-128', dimensions: 128, kinds: ['label'], revision: 'fc51ceb83e33' });
  });
});
