/** File calls of the page on device nodes and named pipes: the file system itself knows no more of them than their names. */
import { deviceByNumber } from '../base/devices.ts';
import { Errno } from '../base/errno.ts';
import type { PageFileCall } from '../protocol/container.ts';
import { StatField } from '../../vfs/file-system.ts';
import type { Kernel } from './kernel.ts';
import { readStream, writeStream } from './page-trees.ts';

const S_IFMT = 0o170000;
const S_IFIFO = 0o010000;
const S_IFCHR = 0o020000;

type SpecialCall = Extract<PageFileCall, { call: 'readFile' | 'writeFile' }>;

/** `stat`: of what the call's path leads to. Reading all of a device that never ends is EFBIG. */
export function specialFileCall(
  kernel: Kernel,
  call: SpecialCall,
  stat: Float64Array,
): Promise<Uint8Array | number> | Uint8Array | number {
  const type = (stat[StatField.mode] ?? 0) & S_IFMT;
  if (type === S_IFIFO) return useFifo(kernel, call, stat);
  const device = type === S_IFCHR ? deviceByNumber(stat[StatField.rdev] ?? 0) : undefined;
  if (device === undefined) return -Errno.ENXIO;
  if (call.call === 'writeFile') return call.data.length === 0 ? 0 : Math.min(0, device.write(call.data));
  const into = new Uint8Array(call.limitBytes ?? 1);
  const count = device.read(into);
  if (count <= 0) return count < 0 ? count : new Uint8Array(0);
  return call.limitBytes === undefined ? -Errno.EFBIG : into.subarray(0, count);
}

/** Opening waits for the other side. */
async function useFifo(kernel: Kernel, call: SpecialCall, stat: Float64Array): Promise<Uint8Array | number> {
  const reads = call.call === 'readFile';
  const ring = await new Promise<number>((resolve) => {
    const [dev, ino] = [stat[StatField.dev] ?? 0, stat[StatField.ino] ?? 0];
    kernel.fifos.open(kernel, { dev, ino, access: reads ? 'read' : 'write', nonBlocking: false }, resolve);
  });
  if (ring < 0) return ring;
  return reads ? readStream(kernel, { input: ring }) : writeStream(kernel, { output: ring }, call.data);
}
