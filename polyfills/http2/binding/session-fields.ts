/** Fields of a session that the library writes (node_http2.h, SessionJSFields). */
const FIELD_BYTES = 12;
const At = { bits: 0, maxInvalidFrames: 4, maxRejectedStreams: 8 } as const;
const Bit = {
  hasSettingsListeners: 0,
  settingsUpToDate: 1,
  hasPingListeners: 2,
  hasAltsvcListeners: 3,
} as const;
const DEFAULT_INVALID_FRAMES = 1000;
const DEFAULT_REJECTED_STREAMS = 100;

export class SessionFields {
  readonly bytes = new Uint8Array(FIELD_BYTES);
  readonly #view = new DataView(this.bytes.buffer);

  constructor() {
    this.#view.setUint32(At.maxInvalidFrames, DEFAULT_INVALID_FRAMES, true);
    this.#view.setUint32(At.maxRejectedStreams, DEFAULT_REJECTED_STREAMS, true);
  }
  get maxInvalidFrames(): number {
    return this.#view.getUint32(At.maxInvalidFrames, true);
  }
  get maxRejectedStreams(): number {
    return this.#view.getUint32(At.maxRejectedStreams, true);
  }
  get hasSettingsListeners(): boolean {
    return this.#has(Bit.hasSettingsListeners);
  }
  get hasPingListeners(): boolean {
    return this.#has(Bit.hasPingListeners);
  }
  get hasAltsvcListeners(): boolean {
    return this.#has(Bit.hasAltsvcListeners);
  }
  /** The library asks for them again. */
  settingsChanged(): void {
    this.#view.setUint8(At.bits, this.#view.getUint8(At.bits) & ~(1 << Bit.settingsUpToDate));
  }
  #has(bit: number): boolean {
    return (this.#view.getUint8(At.bits) & (1 << bit)) !== 0;
  }
}
