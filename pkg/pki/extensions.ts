// Finds a certificate's extensions in its DER bytes: the few that Node's X509Certificate does not tell.
// It reads lengths and tags and nothing else; bytes that are no certificate give no extension, and never an exception.

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

const sequence = 0x30;
/** `extensions [3] EXPLICIT` of a TBSCertificate (RFC 5280, 4.1). */
const extensionsTag = 0xa3;
const objectIdentifier = 0x06;
const octetString = 0x04;

/** The key identifiers of RFC 5280, 4.2.1.1 and 4.2.1.2, in hexadecimal; undefined where the certificate carries none. */
export function keyIdentifiers(der: Buffer): {
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
} {
  const authority = elements(first(extension(der, '551d23'), sequence)).find(({ tag }) => tag === 0x80);
  const own = first(extension(der, '551d0e'), octetString);
  return { issuer: authority?.content.toString('hex'), subject: own?.toString('hex') };
}

/** The value of the extension with this object identifier, given as hexadecimal of its content. */
function extension(der: Buffer, oid: string): Buffer | undefined {
  const certificate = first(der, sequence);
  const signedPart = first(certificate, sequence);
  const all = first(first(signedPart, extensionsTag), sequence);
  for (const { content } of elements(all)) {
    const parts = elements(content);
    const name = parts.find(({ tag }) => tag === objectIdentifier)?.content.toString('hex');
    if (name === oid) return parts.findLast(({ tag }) => tag === octetString)?.content;
  }
  return undefined;
}

function first(bytes: Buffer | undefined, tag: number): Buffer | undefined {
  return elements(bytes).find((element) => element.tag === tag)?.content;
}

/** The elements that follow each other in the bytes; what is cut off is left out. */
function elements(bytes: Buffer = Buffer.alloc(0)): readonly Element[] {
  const found: Element[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const tag = bytes.readUInt8(at);
    const short = bytes.readUInt8(at + 1);
    const more = short < 0x80 ? 0 : short & 0x7f;
    const start = at + 2 + more;
    if (more > 4 || start > bytes.length) return found;
    const length = more === 0 ? short : bytes.readUIntBE(at + 2, more);
    at = start + length;
    if (at <= bytes.length) found.push({ tag, content: bytes.subarray(start, at) });
  }
  return found;
}
