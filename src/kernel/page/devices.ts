/** File calls of the page on device nodes and named pipes: the file system itself knows no more of them than their names. */
import { deviceByNumber } from '../../base/devices.ts';
import { Errno } from '../../base/errno.ts';
import { StatField } from '../../../vfs/file-system.ts';
import { O_ACCMODE, S_IFCHR, S_IFIFO, S_IFMT } from '../../../vfs/mode.ts';
import type { Kernel } from '../kernel.ts';
import { deviceFile, type FileCall, opened } from './open-files.ts';
import { useStream } from './trees.ts';

/** `stat`: of what the call's path leads to. Reading all of a device that never ends is EFBIG. */
export async function specialFileCall(
  kernel: Kernel,
  call: FileCall,
  stat: Float64Array,
): Promise<object | number> {
  const type = (stat[StatField.mode] ?? 0) & S_IFMT;
  if (type === S_IFIFO) return useFifo(kernel, call, stat);
  const device = type === S_IFCHR ? deviceByNumber(stat[StatField.rdev] ?? 0) : undefined;
  if (device === undefined) return -Errno.ENXIO;
  if (call.call === 'open') return opened(kernel.pageOpenFiles, deviceFile(device));
  if (call.call === 'writeFile') return call.data.length === 0 ? 0 : Math.min(0, device.write(call.data));
  const count = device.read(new Uint8Array(1));
  if (count <= 0) return count < 0 ? count : new Uint8Array(0);
  return -Errno.EFBIG;
}

/** Opening waits for the other side. */
async function useFifo(kernel: Kernel, call: FileCall, stat: Float64Array): Promise<object | number> {
  const reads = call.call === 'readFile' || (call.call === 'open' && (call.flags & O_ACCMODE) === 0);
  const ring = await new Promise<number>((resolve) => {
    const [dev, ino] = [stat[StatField.dev] ?? 0, stat[StatField.ino] ?? 0];
    kernel.fifos.open(kernel, { dev, ino, access: reads ? 'read' : 'write', nonBlocking: false }, resolve);
  });
  if (ring < 0) return ring;
  return useStream(kernel, call, reads ? { input: ring } : { output: ring });
}
