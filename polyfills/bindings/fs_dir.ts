import type { NodeContext } from '../context.ts';
import { fileBindingBase, type FileBindingBase } from '../fs/shared.ts';
import { decodeAs, Encoding, parseEncoding, pathForLater, type EncodingNumber } from '../fs/text.ts';
import type { Fd, Path } from '../system.ts';

const O_DIRECTORY = 0o200000;
const O_CLOEXEC = 0o2000000;

/** `internalBinding('fs_dir')`: directories read a few entries at a time (src/node_dir.cc). */
export function createFsDir(context: NodeContext): object {
  const base = fileBindingBase(context);
  const { files, requests, failure } = base;
  const DirHandle = createDirHandle(base);
  const open = (path: Path): Fd => files.open(path, O_DIRECTORY | O_CLOEXEC, 0);

  return {
    DirHandle,
    opendir(path: Path, _encoding: unknown, request?: unknown): unknown {
      if (request === undefined) {
        const fd = open(path);
        if (fd < 0) throw failure(fd, 'opendir', path);
        return new DirHandle(fd);
      }
      const kept = pathForLater(path);
      const operation = (): unknown => {
        const fd = open(kept);
        return fd < 0 ? fd : new DirHandle(fd);
      };
      return requests.runValue(request, 'opendir', operation, kept);
    },
    opendirSync(path: Path): unknown {
      const fd = open(path);
      if (fd < 0) throw failure(fd, 'opendir');
      return new DirHandle(fd);
    },
  };
}

function createDirHandle({ context, files, requests, failure }: FileBindingBase) {
  return class DirHandle extends context.async.AsyncWrap {
    readonly #fd: Fd;
    #cookie = 0;
    constructor(fd: Fd) {
      super('DIRHANDLE');
      this.#fd = fd;
    }

    /** [name, type, name, type, …] of the next entries, null at the end, or -errno. */
    #next(encoding: EncodingNumber, limit: number): unknown {
      const list = files.readdirAt(this.#fd, this.#cookie, limit, encoding !== Encoding.utf8);
      if (typeof list === 'number') return list;
      this.#cookie = list.next;
      const { names, types, rawNames } = list;
      if (names.length === 0) return null;
      const entries: unknown[] = [];
      for (let i = 0; i < names.length; i++) {
        const raw = rawNames?.[i] as Uint8Array<ArrayBuffer> | undefined;
        entries[2 * i] = raw === undefined ? names[i] : decodeAs(raw, encoding);
        entries[2 * i + 1] = types[i];
      }
      return entries;
    }

    read(encoding: unknown, limit: number, request?: unknown): unknown {
      const wanted = parseEncoding(encoding);
      if (request !== undefined) {
        return requests.runValue(request, 'readdir', () => this.#next(wanted, limit));
      }
      const result = this.#next(wanted, limit);
      if (typeof result === 'number') throw failure(result, 'readdir');
      return result;
    }

    close(request?: unknown): unknown {
      if (request !== undefined) return requests.run(request, 'closedir', () => files.close(this.#fd));
      const result = files.close(this.#fd);
      if (result < 0) throw failure(result, 'closedir');
      return undefined;
    }
  };
}
