/** Small documents made in code, so that every test shows its input. */
import { crc32, deflateRawSync, deflateSync } from 'node:zlib';

export interface ZipPart {
  name: string;
  content: string | Uint8Array;
}

/** A zip archive (deflate); `declaredSize` lies about the unpacked size of every part. */
export function zipOf(parts: ZipPart[], options: { declaredSize?: number } = {}): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const content = Buffer.from(part.content as string);
    const data = deflateRawSync(content);
    const name = Buffer.from(part.name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(options.declaredSize ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    local.push(Buffer.from('PK\x03\x04', 'latin1'), common, name, data);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, name);
    offset += 30 + name.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

const word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';

/** A DOCX with that body; `before` stands before the root element (a DOCTYPE). */
export function docxOf(body: string, options: { parts?: ZipPart[]; before?: string; styles?: string } = {}): Buffer {
  return zipOf([
    { name: '[Content_Types].xml', content: '<Types/>' },
    {
      name: '_rels/.rels',
      content:
        '<Relationships><Relationship Id="r1" Type="http://x/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
    },
    { name: 'word/document.xml', content: `<?xml version="1.0"?>${options.before ?? ''}<w:document ${word}><w:body>${body}</w:body></w:document>` },
    { name: 'word/styles.xml', content: `<w:styles ${word}>${options.styles ?? ''}</w:styles>` },
    ...(options.parts ?? []),
  ]);
}

export function paragraph(text: string, properties = '', runProperties = ''): string {
  return `<w:p><w:pPr>${properties}</w:pPr><w:r><w:rPr>${runProperties}</w:rPr><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
}

export function odtOf(body: string, parts: ZipPart[] = []): Buffer {
  return zipOf([
    { name: 'mimetype', content: 'application/vnd.oasis.opendocument.text' },
    { name: 'META-INF/manifest.xml', content: '<manifest:manifest/>' },
    { name: 'styles.xml', content: '<office:document-styles/>' },
    {
      name: 'content.xml',
      content: `<office:document-content><office:automatic-styles><style:style style:name="B"><style:text-properties fo:font-weight="bold"/></style:style></office:automatic-styles><office:body><office:text>${body}</office:text></office:body></office:document-content>`,
    },
    ...parts,
  ]);
}

export interface PdfText {
  x: number;
  /** baseline, from the bottom of a page of 595 × 842 points */
  y: number;
  text: string;
  size?: number;
  bold?: boolean;
  /** Tc, in points */
  letterSpacing?: number;
}

/** A PDF of Helvetica text, one content stream a page; `compressed` replaces each by these operators, deflated. */
export function pdfOf(pages: PdfText[][], options: { image?: boolean; compressed?: string } = {}): Buffer {
  const objects: string[] = [];
  const add = (content: string): number => objects.push(content);
  add('<< /Type /Catalog /Pages 2 0 R >>');
  add('');
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>');
  const image = '<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\n\x00\nendstream';
  add(options.image === true ? image : 'null');
  const kids = pages.map((texts) => {
    const operators = texts.map((item) => {
      const escaped = item.text.replace(/[\\()]/g, '\\$&');
      return `BT /${item.bold === true ? 'F2' : 'F1'} ${item.size ?? 10} Tf ${item.letterSpacing ?? 0} Tc ${item.x} ${item.y} Td (${escaped}) Tj ET`;
    });
    const stream = [...(options.image === true ? ['q 595 0 0 842 0 0 cm /Im Do Q'] : []), ...operators].join('\n');
    const data = options.compressed === undefined ? stream : deflateSync(Buffer.from(options.compressed, 'latin1')).toString('latin1');
    const filter = options.compressed === undefined ? '' : ' /Filter /FlateDecode';
    const content = add(`<< /Length ${Buffer.byteLength(data, 'latin1')}${filter} >>\nstream\n${data}\nendstream`);
    return add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${content} 0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R >> /XObject << /Im 5 0 R >> >> >>`,
    );
  });
  objects[1] = `<< /Type /Pages /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] /Count ${kids.length} >>`;
  let body = '%PDF-1.4\n';
  const offsets = objects.map((content, index) => {
    const offset = Buffer.byteLength(body, 'latin1');
    body += `${index + 1} 0 obj\n${content}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${Buffer.byteLength(body, 'latin1')}\n%%EOF`;
  return Buffer.from(`${body}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}${trailer}`, 'latin1');
}

/** The start of an OLE2 file, with a directory entry of that name. */
export function ole2Of(streamName: string): Buffer {
  return Buffer.concat([
    Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
    Buffer.alloc(504),
    Buffer.from(streamName, 'utf16le'),
    Buffer.alloc(512),
  ]);
}
