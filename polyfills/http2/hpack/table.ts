/** The dynamic table of RFC 7541, section 2.3.2: newest first, bounded in bytes. */
import { STATIC_TABLE } from './static-table.ts';

export interface Field {
  readonly name: string;
  readonly value: string;
}

/** What an entry costs beside its text (section 4.1). */
const ENTRY_BYTES = 32;
export const sizeOf = ({ name, value }: Field): number => name.length + value.length + ENTRY_BYTES;

/** Where the static table has a name first, and a name with its value. */
const staticNames = new Map<string, number>();
const staticFields = new Map<string, number>();
STATIC_TABLE.forEach(([name, value], at) => {
  if (!staticNames.has(name)) staticNames.set(name, at + 1);
  staticFields.set(`${name}\0${value}`, at + 1);
});
const STATIC_FIELDS: readonly Field[] = STATIC_TABLE.map(([name, value]) => ({ name, value }));

export interface Match {
  /** 0: not even the name is in the table. */
  readonly index: number;
  readonly withValue: boolean;
}

export class HeaderTable {
  /** Oldest first; the first `#gone` of them are no more. */
  #entries: Field[] = [];
  #gone = 0;
  #bytes = 0;
  #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }
  get bytes(): number {
    return this.#bytes;
  }
  get maxBytes(): number {
    return this.#maxBytes;
  }
  get #count(): number {
    return this.#entries.length - this.#gone;
  }

  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evict(0);
  }

  /** A field that is larger than the table empties it. */
  add(field: Field): void {
    const bytes = sizeOf(field);
    this.#evict(bytes);
    if (bytes > this.#maxBytes) return;
    this.#entries.push(field);
    this.#bytes += bytes;
  }

  /** By the index of the wire: static ones first. */
  at(index: number): Field | undefined {
    if (index <= STATIC_FIELDS.length) return STATIC_FIELDS[index - 1];
    const back = index - STATIC_FIELDS.length;
    return back > this.#count ? undefined : this.#entries[this.#entries.length - back];
  }

  find({ name, value }: Field, withValues: boolean): Match {
    const exact = withValues ? staticFields.get(`${name}\0${value}`) : undefined;
    if (exact !== undefined) return { index: exact, withValue: true };
    let index = staticNames.get(name) ?? 0;
    const last = this.#entries.length;
    for (let at = last - 1; at >= this.#gone; at--) {
      const entry = this.#entries[at] as Field;
      if (entry.name !== name) continue;
      const own = STATIC_FIELDS.length + last - at;
      if (withValues && entry.value === value) return { index: own, withValue: true };
      if (index === 0) index = own;
    }
    return { index, withValue: false };
  }

  #evict(coming: number): void {
    while (this.#count > 0 && this.#bytes + coming > this.#maxBytes) {
      this.#bytes -= sizeOf(this.#entries[this.#gone] as Field);
      this.#gone++;
    }
    // Entries that are gone are dropped a table's worth at a time, so that adding costs the same on average.
    if (this.#gone > this.#count) {
      this.#entries = this.#entries.slice(this.#gone);
      this.#gone = 0;
    }
  }
}
