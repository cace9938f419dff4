/** StatWatcher (fs.watchFile): uv_fs_poll, a stat every interval that reports what changed. */
import { handlesOf, type HandleWrapConstructor, type HandleWrapInstance } from '../stream/handle-wrap.ts';
import type { FileBindingBase } from './shared.ts';
import { STAT_FIELDS } from './requests.ts';
import { pathForLater } from './text.ts';
import type { Path } from '../system.ts';

/** Access time does not count: reading a file is not a change (uv__fs_poll statbuf_eq). */
const ATIME_SEC = 10;
const ATIME_NSEC = 11;

interface Poll {
  stop(): void;
}

export function createStatWatcher(base: FileBindingBase): { StatWatcher: HandleWrapConstructor } {
  const { context, files, figures } = base;
  const handles = handlesOf(context);
  const { setTimeout: setTimer, clearTimeout: clearTimer } = context.intrinsics;

  function publish(
    watcher: HandleWrapInstance & { onchange?: unknown },
    useBigint: boolean,
    change: Change,
  ): void {
    const out = useBigint ? figures.bigintStatValues : figures.statValues;
    for (let i = 0; i < STAT_FIELDS; i++) {
      out[i] = change.current[i] as never;
      out[STAT_FIELDS + i] = change.previous[i] as never;
    }
    context.async.makeCallback(watcher, watcher.onchange, change.status, out);
  }

  /** Stats at once and then every `intervalMs`, always in the poll phase. */
  function poll(path: Path, intervalMs: number, useBigint: boolean, report: (change: Change) => void): Poll {
    const figuresOf = useBigint
      ? (): BigInt64Array => new BigInt64Array(STAT_FIELDS)
      : (): Float64Array => new Float64Array(STAT_FIELDS);
    const zero = figuresOf();
    let previous = zero;
    /** 0 before the first stat, 1 after a good one, the error after a bad one. */
    let outcome = 0;
    let timer: unknown;
    let stopped = false;
    const look = (): void => {
      if (stopped) return;
      timer = setTimer(() => context.loop.enqueueUnref(look), intervalMs);
      const current = figuresOf();
      const status = files.stat(path, current, 0);
      if (status < 0) {
        if (outcome !== status) {
          outcome = status;
          report({ status, current: zero, previous });
        }
        return;
      }
      const before = previous;
      const changed = outcome < 0 || (outcome === 1 && !isSame(before, current));
      previous = current;
      outcome = 1;
      if (changed) report({ status: 0, current, previous: before });
    };
    context.loop.enqueueUnref(look);
    return {
      stop() {
        stopped = true;
        clearTimer(timer);
      },
    };
  }

  class StatWatcher extends handles.HandleWrap {
    readonly #useBigint: boolean;
    constructor(useBigint?: unknown) {
      super('STATWATCHER', 'StatWatcher');
      this.#useBigint = useBigint === true;
    }
    start(path: Path, intervalMs: number): undefined {
      const polling = poll(pathForLater(path), intervalMs, this.#useBigint, (change) =>
        publish(this, this.#useBigint, change),
      );
      handles.setActive(this, true);
      handles.onClose(this, () => polling.stop());
      return undefined;
    }
  }
  return { StatWatcher: StatWatcher as unknown as HandleWrapConstructor };
}

interface Change {
  status: number;
  current: Float64Array | BigInt64Array;
  previous: Float64Array | BigInt64Array;
}

function isSame(a: Float64Array | BigInt64Array, b: Float64Array | BigInt64Array): boolean {
  for (let i = 0; i < STAT_FIELDS; i++) {
    if (i !== ATIME_SEC && i !== ATIME_NSEC && a[i] !== b[i]) return false;
  }
  return true;
}
