/**
 * Flow control (RFC 9113, section 5.2). The program says what it has consumed; windows are opened again by halves, so that
 * a reader that is slow stops its sender.
 */
import { MAX_WINDOW_SIZE } from './constants.ts';

/** What may still be received, of a stream or of the connection. */
export class ReceiveWindow {
  /** What the peer may send in all before an update. */
  size: number;
  /** Received and not yet given back. */
  received = 0;
  #consumed = 0;
  /** By how much the size was lowered while the peer could already have sent it. */
  #reduction = 0;
  /** An update waits to be sent. */
  updateQueued = false;

  constructor(size: number) {
    this.size = size;
  }

  /** False: the peer has sent more than it may. */
  receive(bytes: number): boolean {
    if (this.received > this.size - bytes) return false;
    this.received += bytes;
    return true;
  }

  /** → the update to send, 0 for none yet. */
  consume(bytes: number): number {
    this.#consumed += bytes;
    return this.takeUpdate();
  }
  takeUpdate(): number {
    if (this.updateQueued) return 0;
    const increment = Math.min(this.#consumed, this.received);
    if (increment === 0 || increment < this.size / 2) return 0;
    this.received -= increment;
    this.#consumed -= increment;
    return increment;
  }

  /** The whole connection's is set by the program → the update to send, or undefined when it cannot be so large. */
  setSize(size: number): number | undefined {
    let change = size - this.size;
    this.size = size;
    if (change <= 0) {
      this.received += change;
      this.#reduction -= change;
      return 0;
    }
    const made = Math.min(this.#reduction, change);
    this.#reduction -= made;
    this.received += made;
    change -= made;
    return change;
  }

  /** By a setting that the peer has acknowledged. False: too large. */
  shift(change: number): boolean {
    this.size += change;
    return this.size <= MAX_WINDOW_SIZE;
  }
}

/** What may still be sent. A setting of the peer's may make it negative. */
export class SendWindow {
  left: number;
  constructor(left: number) {
    this.left = left;
  }
  /** False: the peer has opened it further than there are numbers. */
  open(bytes: number): boolean {
    if (this.left > MAX_WINDOW_SIZE - bytes) return false;
    this.left += bytes;
    return true;
  }
}
