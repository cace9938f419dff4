/** What synchronous Unix programs need beyond Node's layer: signals that are taken, waits that end for them. */
import { Errno } from '../../base/errno.ts';
import { atomicAnd, atomicExchange, atomicLoad, atomicOr } from '../../base/intrinsics.ts';
import { LOW_SIGNALS, Signal, SIGNAL_MAX, signalsOf } from '../../base/signals.ts';
import type { UnixCalls } from '../../../polyfills/system.ts';
import { ControlWord } from '../../protocol/ipc-layout.ts';
import type { Children } from './children.ts';
import type { Gate } from '../gate.ts';

const now = performance.now.bind(performance);

export function createUnixCalls(gate: Gate, children: Children): UnixCalls {
  const { words } = gate.memory;
  const wordFor = (signal: number, low: number, high: number): number =>
    gate.wordIndex(signal < LOW_SIGNALS ? low : high);
  const take = (word: number): number => atomicExchange(words, gate.wordIndex(word), 0);
  return {
    signalAction(signal, action) {
      gate.enter();
      if (signal < 1 || signal > SIGNAL_MAX || signal === Signal.SIGKILL || signal === Signal.SIGSTOP)
        return -Errno.EINVAL;
      const bit = 1 << (signal % LOW_SIGNALS);
      const index = wordFor(signal, ControlWord.caughtLow, ControlWord.caughtHigh);
      const ignored = wordFor(signal, ControlWord.ignoredLow, ControlWord.ignoredHigh);
      if (action === 'ignore') {
        atomicOr(words, ignored, bit);
        atomicAnd(words, wordFor(signal, ControlWord.pendingLow, ControlWord.pendingHigh), ~bit);
      } else atomicAnd(words, ignored, ~bit);
      if (action === 'catch') atomicOr(words, index, bit);
      else atomicAnd(words, index, ~bit);
      gate.interruptible = true;
      return 0;
    },
    ignoredSignals: () => signalsOf(gate.word(ControlWord.ignoredLow), gate.word(ControlWord.ignoredHigh)),
    takeSignals() {
      gate.enter();
      return signalsOf(take(ControlWord.pendingLow), take(ControlWord.pendingHigh));
    },
    waitChild: (pids, options) => children.waitAny(pids, options),
    sleep(milliseconds) {
      const doorbell = gate.wordIndex(ControlWord.signalDoorbell);
      const deadline = now() + milliseconds;
      for (;;) {
        const seen = atomicLoad(words, doorbell);
        if (gate.interrupted) return -Errno.EINTR;
        const left = deadline - now();
        if (left <= 0) return 0;
        gate.block(words, doorbell, seen, left);
      }
    },
  };
}
