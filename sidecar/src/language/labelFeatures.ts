import { tokenise } from './normalise.ts';

/**
 * The n-gram features of the in-box embedder: words, character 3- to 5-grams with boundary marks, word bigrams, and
 * 1- to 3-grams of scripts written without spaces. Training and inference must extract exactly the same hashes.
 */

/** Feature types; each is the hash seed and the index of the type's weight for unseen n-grams. */
const wordType = 1;
const characterType = 2;
const bigramType = 3;
const cjkType = 4;

const capacity = 1 << 16;

/** Filled by `extractFeatures` and valid until its next call: reused, because allocation would halve the speed. */
export const featureHashes = new Uint32Array(capacity);
export const featureTypes = new Uint8Array(capacity);

/** @returns how many entries of `featureHashes` and `featureTypes` were filled; a text past the capacity is cut at a word. */
export function extractFeatures(label: string): number {
  let count = 0;
  let previous: string | null = null;
  const add = (type: number, text: string, start: number, end: number) => {
    featureHashes[count] = hash(type, text, start, end);
    featureTypes[count++] = type;
  };

  for (const token of tokenise(label)) {
    if (count > capacity - 64 - 4 * token.length - 8) break;
    if (unspacedScript.test(token)) {
      for (let i = 0; i < token.length; i++) {
        for (let n = 1; n <= 3 && i + n <= token.length; n++) add(cjkType, token, i, i + n);
      }
      previous = null;
      continue;
    }
    add(wordType, token, 0, token.length);
    const marked = `<${token}>`;
    for (let n = 3; n <= 5; n++) {
      // A whole short word is one 3-gram; as 4- or 5-gram it would only repeat the word feature.
      if (marked.length < n || (marked.length === n && n > 3)) break;
      for (let i = 0; i + n <= marked.length; i++) add(characterType, marked, i, i + n);
    }
    if (previous !== null) {
      const bigram = `${previous} ${token}`;
      add(bigramType, bigram, 0, bigram.length);
    }
    previous = token;
  }
  return count;
}

const unspacedScript = /[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]/;

/** FNV-1a over UTF-16 units with an avalanche at the end, as in training. */
function hash(seed: number, text: string, start: number, end: number): number {
  let h = (2166136261 ^ seed) >>> 0;
  for (let i = start; i < end; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 12;
  return h >>> 0;
}
