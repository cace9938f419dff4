/** Locks of byte ranges: the kernel arbitrates between threads. */
import type { FileCalls } from '../../../polyfills/system.ts';
import { StatField } from '../../../vfs/file-system.ts';
import type { DataCalls, FilesContext } from './files.ts';

export function lockCalls({ gate }: FilesContext, data: DataCalls): Pick<FileCalls, 'lock'> {
  const figures = new Float64Array(StatField.count);
  return {
    lock(fd, steps) {
      const found = data.fstat(fd, figures, 0);
      if (found < 0) return found;
      const { dev, ino } = StatField;
      return gate.call({
        call: 'file-lock',
        dev: figures[dev] ?? 0,
        ino: figures[ino] ?? 0,
        fd,
        steps: [...steps],
      });
    },
  };
}
