/** Files of the container as web streams. */
import type { FileAnswer, PageFileCall } from '../src/protocol/container.ts';

const READ_BYTES = 64 * 1024;
const O_RDONLY = 0;

/** Throws SystemError. */
export type FileCaller = <C extends PageFileCall>(call: C) => Promise<FileAnswer<C['call']>>;

async function closed(
  call: FileCaller,
  path: string,
  opening: Promise<{ handle: number }> | undefined,
): Promise<void> {
  if (opening !== undefined) await call({ call: 'closeOpen', path, ...(await opening) });
}

export function readStream(call: FileCaller, path: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  let opening: Promise<{ handle: number }> | undefined;
  const close = (): Promise<void> => closed(call, path, opening);
  // Nobody waits for it: a pipe may not even be open yet.
  const leave = (): void => void close().catch(() => undefined);
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { handle } = await (opening ??= call({ call: 'open', path, flags: O_RDONLY, mode: 0 }));
        let bytes: Uint8Array<ArrayBuffer>;
        try {
          bytes = await call({ call: 'readOpen', path, handle, lengthMax: READ_BYTES });
        } catch (error) {
          leave();
          throw error;
        }
        if (bytes.length > 0) return controller.enqueue(bytes);
        await close();
        controller.close();
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
}

export function writeStream(
  call: FileCaller,
  path: string,
  flags: number,
  mode: number,
): WritableStream<string | Uint8Array> {
  const opening = call({ call: 'open', path, flags, mode });
  const encoder = new TextEncoder();
  const close = (): Promise<void> => closed(call, path, opening);
  return new WritableStream({
    start: async () => void (await opening),
    write: async (chunk) => {
      const { handle } = await opening;
      const data = typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
      try {
        await call({ call: 'writeOpen', path, handle, data });
      } catch (error) {
        await close().catch(() => undefined);
        throw error;
      }
    },
    close,
    abort: close,
  });
}
