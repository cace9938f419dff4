/** Certificate revocation lists (RFC 5280, section 5). */
import { type Bytes, hex } from '../encoding/bytes.ts';
import { bitsOf, DerReader, readOne, Tag } from '../encoding/der.ts';
import type { AsymmetricKey } from '../keys/key.ts';
import { type Certificate, verifySigned } from './certificate.ts';
import { type Name, readName } from './names.ts';
import { readTime } from './time.ts';

export class RevocationList {
  readonly issuer: Name;
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly #serials = new Set<string>();
  readonly #parts: readonly [algorithm: Bytes, signed: Bytes, signature: Bytes];

  constructor(der: Uint8Array) {
    const fields = readOne(der);
    const signed = fields.expect(Tag.sequence);
    const algorithm = fields.expect(Tag.sequence);
    this.#parts = [algorithm.whole, signed.whole, bitsOf(fields.expect(Tag.bitString).value)];
    const body = new DerReader(signed.value);
    body.optional(Tag.integer);
    body.expect(Tag.sequence);
    this.issuer = readName(body.expect(Tag.sequence));
    this.thisUpdate = readTime(body.element());
    const hasNext = body.next === Tag.utcTime || body.next === Tag.generalizedTime;
    this.nextUpdate = hasNext ? readTime(body.element()) : undefined;
    if (body.next !== Tag.sequence) return;
    for (const list = body.sequence(); !list.done;) {
      this.#serials.add(hex(list.sequence().expect(Tag.integer).value));
    }
  }

  revokes(certificate: Certificate): boolean {
    return this.#serials.has(hex(certificate.serial));
  }
  isSignedBy(key: AsymmetricKey): boolean {
    return verifySigned(...this.#parts, key);
  }
}
