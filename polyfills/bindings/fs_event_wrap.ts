import type { NodeContext } from '../context.ts';
import { decodeAs, parseEncoding, pathForLater } from '../fs/text.ts';
import { handlesOf } from '../stream/handle-wrap.ts';
import { utf8Encode } from '../text/utf8.ts';
import { Encoding } from '../text/encodings.ts';
import type { Path, Watch } from '../system.ts';

/** `internalBinding('fs_event_wrap')`: fs.watch (src/fs_event_wrap.cc) over the file system's own events. */
export function createFsEventWrap(context: NodeContext): object {
  const handles = handlesOf(context);
  const { files } = context.system;

  class FSEvent extends handles.HandleWrap {
    #watch: Watch | undefined;
    declare onchange: unknown;
    constructor() {
      super('FSEVENTWRAP', 'FSEventWrap', false);
      handles.onClose(this, () => {
        this.#watch?.close();
        this.#watch = undefined;
      });
    }
    /** False before start and after close. */
    get initialized(): boolean {
      return handles.isAlive(this) && !handles.isClosing(this);
    }
    start(path: Path, persistent: boolean, recursive: boolean, encoding: unknown): number {
      const wanted = parseEncoding(encoding);
      const watch = files.watch(pathForLater(path), recursive === true, (kind, name) => {
        if (this.#watch === undefined) return;
        const shown = wanted === Encoding.utf8 ? name : decodeAs(utf8Encode(name), wanted);
        context.async.makeCallback(this, this.onchange, 0, kind, shown);
      });
      if (typeof watch === 'number') return watch;
      this.#watch = watch;
      handles.markOpen(this);
      handles.setActive(this, true);
      if (persistent !== true) this.unref();
      return 0;
    }
  }
  return { FSEvent };
}
