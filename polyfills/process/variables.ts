/** Layout of the shared memory: three words, then the variables as JSON text in UTF-8. */
const Word = { lock: 0, version: 1, byteLength: 2 } as const;
const HEADER_BYTES = 16;
/** What execve(2) accepts of arguments and environment together is 2 MB on Linux; JSON may escape each character. */
const SHARED_MAX_BYTES = 16 * 1024 * 1024;
const SHARED_INITIAL_BYTES = 64 * 1024;
/** A thread may be ended while it holds the lock; it never holds it for as long as this. */
const LOCK_WAIT_MS = 1000;

const Free = 0;
const Held = 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What is done to a variable, or to all. */
export type TraceVariable = (what: string, name?: string) => void;

/**
 * The environment of a process. Threads that were started with SHARE_ENV have one in common: then it stands in shared
 * memory, and each thread takes over what has changed before it looks.
 */
export class Variables {
  readonly #own: Record<string, string> = {};
  #memory: SharedArrayBuffer | undefined;
  #words = new Int32Array(new SharedArrayBuffer(HEADER_BYTES));
  #version = 0;
  /** Called when looking is more than looking: the environment has become a shared one, or it is traced. */
  onWatched: () => void = () => {};
  #told: TraceVariable | undefined;

  /** Is told of each look and change from here on. */
  set told(told: TraceVariable | undefined) {
    this.#told = told;
    this.onWatched();
  }
  get told(): TraceVariable | undefined {
    return this.#told;
  }

  /** The variables as they are now; always the same object. */
  get all(): Record<string, string> {
    if (this.#memory !== undefined) this.#refresh(this.#memory);
    return this.#own;
  }

  /** Changes the object that `all` gives. */
  change(edit: (variables: Record<string, string>) => void): void {
    const memory = this.#memory;
    if (memory === undefined) {
      edit(this.#own);
      return;
    }
    this.#lock();
    try {
      this.#refresh(memory);
      edit(this.#own);
      this.#publish(memory);
    } finally {
      this.#unlock();
    }
  }

  /** For a thread that is to have this environment, not a copy of it. */
  share(): SharedArrayBuffer {
    if (this.#memory !== undefined) return this.#memory;
    const memory = new SharedArrayBuffer(SHARED_INITIAL_BYTES, { maxByteLength: SHARED_MAX_BYTES });
    this.#attach(memory);
    this.#publish(memory);
    return memory;
  }

  join(memory: SharedArrayBuffer): void {
    this.#attach(memory);
    this.#refresh(memory);
  }

  #attach(memory: SharedArrayBuffer): void {
    this.#memory = memory;
    this.#words = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.onWatched();
  }

  #refresh(memory: SharedArrayBuffer): void {
    for (;;) {
      const version = Atomics.load(this.#words, Word.version);
      if (version === this.#version) return;
      const length = Atomics.load(this.#words, Word.byteLength);
      const text = new Uint8Array(memory, HEADER_BYTES, length).slice();
      // A writer was faster: what was read may be half of each.
      if (Atomics.load(this.#words, Word.version) !== version || version % 2 !== 0) continue;
      this.#version = version;
      replace(this.#own, JSON.parse(decoder.decode(text)) as Record<string, string>);
    }
  }

  /** An odd version says that the text is being written. */
  #publish(memory: SharedArrayBuffer): void {
    const text = encoder.encode(JSON.stringify(this.#own));
    const size = HEADER_BYTES + text.length;
    if (size > SHARED_MAX_BYTES) throw new RangeError('the shared environment has grown too large');
    if (size > memory.byteLength) memory.grow(Math.min(SHARED_MAX_BYTES, size * 2));
    Atomics.store(this.#words, Word.version, this.#version + 1);
    new Uint8Array(memory, HEADER_BYTES, text.length).set(text);
    Atomics.store(this.#words, Word.byteLength, text.length);
    this.#version += 2;
    Atomics.store(this.#words, Word.version, this.#version);
  }

  #lock(): void {
    while (Atomics.compareExchange(this.#words, Word.lock, Free, Held) !== Free) {
      if (Atomics.wait(this.#words, Word.lock, Held, LOCK_WAIT_MS) === 'timed-out') return;
    }
  }

  #unlock(): void {
    Atomics.store(this.#words, Word.lock, Free);
    Atomics.notify(this.#words, Word.lock, 1);
  }
}

function replace(target: Record<string, string>, next: Record<string, string>): void {
  for (const name of Object.keys(target)) if (!(name in next)) delete target[name];
  Object.assign(target, next);
}
