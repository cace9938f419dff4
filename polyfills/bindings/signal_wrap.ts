import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import { handlesOf } from '../stream/handle-wrap.ts';
import type { Watch } from '../system.ts';

const SIGKILL = 9;
const SIGSTOP = 19;
const SIGNAL_MAX = 64;

/** `internalBinding('signal_wrap')`: signals delivered to the program (src/signal_wrap.cc). */
export function createSignalWrap(context: NodeContext): object {
  const handles = handlesOf(context);

  class Signal extends handles.HandleWrap {
    #watch: Watch | undefined;
    declare onsignal: unknown;
    constructor() {
      super('SIGNALWRAP', 'SignalWrap');
      handles.onClose(this, () => this.stop());
    }
    start(signal: number): number {
      if (signal <= 0 || signal > SIGNAL_MAX || signal === SIGKILL || signal === SIGSTOP)
        return -Errno.EINVAL;
      this.#watch?.close();
      this.#watch = context.system.process.onSignal(signal, () => {
        context.async.makeCallback(this, this.onsignal, signal);
      });
      handles.setActive(this, true);
      return 0;
    }
    stop(): number {
      this.#watch?.close();
      this.#watch = undefined;
      handles.setActive(this, false);
      return 0;
    }
  }
  return { Signal };
}
