/**
 * Signals that a program listens to. The process writes which in its control block; the kernel, when one is sent,
 * either finds it there and rings the doorbell, or does the default action itself.
 */
import {
  arrayPush,
  arrayRemoveAt,
  atomicAnd,
  atomicExchange,
  atomicLoad,
  atomicOr,
  SafeMap,
} from '../../base/intrinsics.ts';
import type { SignalInterrupt, Watch } from '../../../polyfills/system.ts';
import { ControlWord } from '../../protocol/ipc-layout.ts';
import { whenWord } from '../../protocol/wait-async.ts';
import { LOW_SIGNALS } from '../../base/signals.ts';
import type { Gate } from '../gate.ts';

export class Signals {
  readonly #gate: Gate;
  readonly #enqueue: (callback: () => void) => void;
  readonly #listeners = new SafeMap<number, (() => void)[]>();
  #listening = false;

  constructor(gate: Gate, enqueue: (callback: () => void) => void) {
    this.#gate = gate;
    this.#enqueue = enqueue;
  }

  on(signal: number, listener: () => void): Watch {
    this.#gate.enter();
    const own = (): void => listener();
    const known = this.#listeners.get(signal);
    if (known === undefined) this.#listeners.set(signal, [own]);
    else arrayPush(known, own);
    this.#mark(signal, true);
    this.#listen();
    return { close: () => this.#remove(signal, own) };
  }

  #remove(signal: number, own: () => void): void {
    const listeners = this.#listeners.get(signal);
    if (listeners === undefined) return;
    for (let i = 0; i < listeners.length; i++) {
      if (listeners[i] === own) {
        arrayRemoveAt(listeners, i);
        break;
      }
    }
    if (listeners.length === 0) {
      this.#listeners.delete(signal);
      if (!this.#isInterrupting(signal)) this.#mark(signal, false);
    }
  }

  /** Not nested: the caller keeps one of a signal. */
  interrupt(signal: number): SignalInterrupt {
    this.#gate.enter();
    const { words } = this.#gate.memory;
    const bit = 1 << signal;
    const pending = this.#gate.wordIndex(ControlWord.pendingLow);
    const interrupting = this.#gate.wordIndex(ControlWord.interrupting);
    atomicOr(words, interrupting, bit);
    this.#mark(signal, true);
    return {
      has: () => (atomicLoad(words, pending) & bit) !== 0,
      take: () => (atomicAnd(words, pending, ~bit) & bit) !== 0,
      close: () => {
        if (!this.#listeners.has(signal)) this.#mark(signal, false);
        atomicAnd(words, interrupting, ~bit);
      },
    };
  }

  #isInterrupting(signal: number): boolean {
    return signal < LOW_SIGNALS && (this.#gate.word(ControlWord.interrupting) & (1 << signal)) !== 0;
  }

  #mark(signal: number, caught: boolean): void {
    const high = signal >= LOW_SIGNALS;
    const index = this.#gate.wordIndex(high ? ControlWord.caughtHigh : ControlWord.caughtLow);
    const bit = 1 << (signal % LOW_SIGNALS);
    if (caught) atomicOr(this.#gate.memory.words, index, bit);
    else atomicAnd(this.#gate.memory.words, index, ~bit);
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    const { words } = this.#gate.memory;
    whenWord(
      words,
      this.#gate.wordIndex(ControlWord.signalDoorbell),
      () => (this.#gate.word(ControlWord.pendingLow) | this.#gate.word(ControlWord.pendingHigh)) !== 0,
      () => {
        this.#listening = false;
        if (this.#gate.over) return;
        this.#deliver(atomicExchange(words, this.#gate.wordIndex(ControlWord.pendingLow), 0), 0);
        this.#deliver(atomicExchange(words, this.#gate.wordIndex(ControlWord.pendingHigh), 0), LOW_SIGNALS);
        this.#listen();
      },
    );
  }

  #deliver(pending: number, base: number): void {
    for (let bit = 0; bit < LOW_SIGNALS; bit++) {
      if ((pending & (1 << bit)) === 0) continue;
      const listeners = this.#listeners.get(base + bit);
      for (let i = 0; listeners !== undefined && i < listeners.length; i++) {
        const listener = listeners[i];
        if (listener) this.#enqueue(listener);
      }
    }
  }
}
