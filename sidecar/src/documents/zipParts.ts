import { crc32, inflateRawSync } from 'node:zlib';
import { AppError } from '../platform/errors.ts';

/**
 * A zip reader for hostile files. The usual libraries trust the sizes that the archive declares; here the real
 * output of each inflate is bounded by what is left of one budget for the whole document, so a bomb stops early.
 */
export class ZipParts {
  private readonly entries: Map<string, ZipEntry>;
  private readonly bytes: Buffer;
  private budget: number;

  /** @param maxDecompressedBytes of all parts that are read, together */
  constructor(bytes: Uint8Array, maxDecompressedBytes: number) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const entries = centralDirectory(this.bytes);
    if (entries === null) throw damagedZip();
    this.entries = entries;
    this.budget = maxDecompressedBytes;
  }

  names(): string[] {
    return [...this.entries.keys()];
  }

  /** The part's bytes, or null where there is no such part. @throws AppError document_too_large, document_damaged */
  read(name: string): Buffer | null {
    const entry = this.entries.get(name);
    if (entry === undefined) return null;
    if ((entry.flags & 1) !== 0) {
      throw new AppError('document_password_protected', 'The document is protected by a password. Remove the password and upload it again.');
    }
    const data = this.compressed(entry);
    const content = entry.method === 0 ? this.stored(data) : this.inflate(data, entry);
    this.budget -= content.length;
    if (crc32(content) !== entry.crc) throw damagedZip();
    return content;
  }

  private compressed(entry: ZipEntry): Buffer {
    const at = entry.offset;
    if (at + 30 > this.bytes.length || this.bytes.readUInt32LE(at) !== 0x04034b50) throw damagedZip();
    const start = at + 30 + this.bytes.readUInt16LE(at + 26) + this.bytes.readUInt16LE(at + 28);
    if (start + entry.compressedSize > this.bytes.length) throw damagedZip();
    return this.bytes.subarray(start, start + entry.compressedSize);
  }

  private stored(data: Buffer): Buffer {
    if (data.length > this.budget) throw tooLarge();
    return data;
  }

  private inflate(data: Buffer, entry: ZipEntry): Buffer {
    if (entry.method !== 8) throw damagedZip();
    try {
      return inflateRawSync(data, { maxOutputLength: Math.max(1, this.budget) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
      throw damagedZip(error);
    }
  }
}

/** Names of the parts, or null when the archive has no readable central directory. */
export function zipEntryNames(bytes: Uint8Array): string[] | null {
  const entries = centralDirectory(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return entries === null ? null : [...entries.keys()];
}

interface ZipEntry {
  flags: number;
  method: number;
  crc: number;
  compressedSize: number;
  offset: number;
}

/** PKWARE APPNOTE 4.3.12 and 4.3.16. Zip64 is not read: no document within the byte limit needs it. */
function centralDirectory(bytes: Buffer): Map<string, ZipEntry> | null {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + 22 > bytes.length) return null;
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  const entries = new Map<string, ZipEntry>();
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) return null;
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength).replaceAll('\\', '/');
    if (!entries.has(name)) {
      entries.set(name, {
        flags: bytes.readUInt16LE(at + 8),
        method: bytes.readUInt16LE(at + 10),
        crc: bytes.readUInt32LE(at + 16),
        compressedSize: bytes.readUInt32LE(at + 20),
        offset: bytes.readUInt32LE(at + 42),
      });
    }
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

function damagedZip(cause?: unknown): AppError {
  return new AppError(
    'document_damaged',
    'The document is damaged or was not uploaded completely. Open it, save it again and upload the new file.',
    undefined,
    cause === undefined ? undefined : { cause },
  );
}

function tooLarge(): AppError {
  return new AppError(
    'document_too_large',
    'The document unpacks to more than is read. Save it without embedded files and large pictures, or as PDF, and upload it again.',
  );
}
