import type { FileCalls } from '../system.ts';
import type { TransformStore } from './transform_cache.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Where transformed sources are kept for the next process. Without that folder nothing is stored. */
export const TRANSFORM_CACHE_FOLDER = '/lib/node/cache';

const O_WRONLY_CREAT_TRUNC = 0o1 | 0o100 | 0o1000;

export function createFileStore(files: FileCalls): TransformStore {
  let temporary = 0;
  return {
    read(key) {
      const data = files.readFile(`${TRANSFORM_CACHE_FOLDER}/${key}`);
      return typeof data === 'number' ? undefined : decoder.decode(data);
    },
    write(key, value) {
      // Written aside and renamed: another process never reads half a file.
      const aside = `${TRANSFORM_CACHE_FOLDER}/.${key}.${++temporary}`;
      if (files.writeFile(aside, encoder.encode(value), O_WRONLY_CREAT_TRUNC, 0o644) < 0) return;
      files.rename(aside, `${TRANSFORM_CACHE_FOLDER}/${key}`);
    },
  };
}
