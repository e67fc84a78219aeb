import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AppError } from '../platform/errors.ts';
import { extractFeatures, featureHashes, featureTypes } from './labelFeatures.ts';
import type { Embedder, EmbeddingKind, EmbeddingSpace } from './types.ts';

export interface InBoxEmbedder extends Embedder {
  /** Synchronous: one label to a unit vector. A text without letters or digits gives the zero vector. */
  embedLabel(text: string): Float32Array;
}

/** SHA-256 of models/inbox-hre1-128.bin; its first 12 digits are the space's revision. */
const weightsSha256 = 'fc51ceb83e33950116db1ebc6deba7744470894dc6afe3ede2f4b0c9b08d0816';

export const inBoxSpace: EmbeddingSpace = {
  id: 'inbox-hre1-128',
  provider: 'in-box',
  model: 'hre1',
  revision: weightsSha256.slice(0, 12),
  dimensions: 128,
  kinds: ['label'],
};

let loaded: InBoxEmbedder | undefined;

/**
 * The shipped multilingual embedder for job titles and skill names, loaded once per process at first use.
 * @throws AppError internal_error when the weights file is missing or is not the one this version was made with.
 */
export function loadInBoxEmbedder(): InBoxEmbedder {
  loaded ??= createEmbedder(readWeights());
  return loaded;
}

/** One job title or skill name to a unit vector of 128 dimensions. */
export function embedLabel(text: string): Float32Array {
  return loadInBoxEmbedder().embedLabel(text);
}

/** Cosine of two unit vectors of one space, -1 to 1; 0 when either is the zero vector. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new AppError('internal_error', 'Vectors of two embedding spaces cannot be compared.');
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function createEmbedder(weights: Buffer): InBoxEmbedder {
  const embedLabel = createLabelFunction(weights);
  return {
    space: inBoxSpace,
    embedLabel,
    async embed(texts: readonly string[], kind: EmbeddingKind) {
      if (!inBoxSpace.kinds.includes(kind)) {
        throw new AppError(
          'invalid_request',
          `The in-box embedder embeds labels only, not a ${kind}. Use full text, or configure an embedder for longer text.`,
          { kind, space: inBoxSpace.id },
        );
      }
      return texts.map((text) => embedLabel(text));
    },
  };
}

function readWeights(): Buffer {
  const file = new URL('../../models/inbox-hre1-128.bin', import.meta.url);
  let weights: Buffer;
  try {
    weights = readFileSync(file);
  } catch (error) {
    throw new AppError('internal_error', 'The weights of the in-box embedder are missing; install the sidecar again.', {}, { cause: error });
  }
  const sha256 = createHash('sha256').update(weights).digest('hex');
  if (sha256 !== weightsSha256) {
    throw new AppError('internal_error', 'The weights of the in-box embedder are damaged; install the sidecar again.', {
      expected: weightsSha256,
      found: sha256,
    });
  }
  return weights;
}

/** Weight of an n-gram the vocabulary does not hold, relative to the median of its type; .3 was best in training. */
const unseenWeight = 0.3;

/**
 * File format HRE1, little-endian: "HRE1", vocabulary size, dimensions, bits (4), five f32 median row norms by feature
 * type, u32 hash per row, f16 scale per row, then two signed 4-bit weights a byte, low nibble first.
 */
function createLabelFunction(file: Buffer): (text: string) => Float32Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const vocabulary = view.getUint32(4, true);
  const dimensions = view.getUint32(8, true);
  const bits = view.getUint32(12, true);
  if (file.toString('latin1', 0, 4) !== 'HRE1' || bits !== 4 || dimensions !== inBoxSpace.dimensions) {
    throw new AppError('internal_error', 'The weights of the in-box embedder have an unknown format.');
  }
  let at = 16;
  const unseenWeights = new Float64Array(5);
  for (let type = 0; type < 5; type++, at += 4) {
    unseenWeights[type] = (view.getFloat32(at, true) * unseenWeight) / Math.sqrt(dimensions);
  }

  // Open addressing, at most half full: hash → row, -1 = free.
  let slots = 1;
  while (slots < vocabulary * 2) slots <<= 1;
  const mask = slots - 1;
  const slotHash = new Uint32Array(slots);
  const slotRow = new Int32Array(slots).fill(-1);
  for (let row = 0; row < vocabulary; row++, at += 4) {
    const h = view.getUint32(at, true);
    let slot = h & mask;
    while (slotRow[slot]! >= 0) slot = (slot + 1) & mask;
    slotHash[slot] = h;
    slotRow[slot] = row;
  }
  const rowScale = new Float32Array(vocabulary);
  for (let row = 0; row < vocabulary; row++, at += 2) rowScale[row] = halfToNumber(view.getUint16(at, true));
  const rowWeights = new Int8Array(vocabulary * dimensions);
  for (let i = 0, pairs = rowWeights.length / 2; i < pairs; i++) {
    const byte = file[at + i]!;
    rowWeights[2 * i] = (byte << 28) >> 28;
    rowWeights[2 * i + 1] = (byte << 24) >> 28;
  }

  return function embedLabel(text) {
    const sum = new Float32Array(dimensions);
    const count = extractFeatures(text);
    for (let i = 0; i < count; i++) {
      const h = featureHashes[i]!;
      let slot = h & mask;
      let row: number;
      while ((row = slotRow[slot]!) >= 0 && slotHash[slot] !== h) slot = (slot + 1) & mask;
      if (row >= 0) {
        const scale = rowScale[row]!;
        const base = row * dimensions;
        for (let d = 0; d < dimensions; d++) sum[d]! += scale * rowWeights[base + d]!;
      } else {
        addProjection(sum, h, unseenWeights[featureTypes[i]!]!);
      }
    }
    return normaliseLength(sum);
  };
}

/** Adds the ±1 projection that the n-gram's hash generates, so that unseen names still resemble themselves. */
function addProjection(sum: Float32Array, h: number, weight: number): void {
  for (let base = 0; base < sum.length; base += 32) {
    let bits = (Math.imul(h, 0x9e3779b1) + Math.imul((base >>> 5) + 1, 0x85ebca6b)) >>> 0;
    bits ^= bits >>> 15;
    bits = Math.imul(bits, 0x2c1b3c6d);
    bits ^= bits >>> 12;
    bits = Math.imul(bits, 0x297a2d39);
    bits ^= bits >>> 15;
    for (let j = 0; j < 32; j++) sum[base + j]! += (bits >>> j) & 1 ? weight : -weight;
  }
}

function normaliseLength(vector: Float32Array): Float32Array {
  let squares = 1e-12;
  for (let d = 0; d < vector.length; d++) squares += vector[d]! * vector[d]!;
  const factor = 1 / Math.sqrt(squares);
  for (let d = 0; d < vector.length; d++) vector[d]! *= factor;
  return vector;
}

/** IEEE 754 half precision. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return exponent === 31 ? Number.NaN : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
