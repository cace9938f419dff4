/** A command line where there is no shell. */
import { splitWords as split } from '../src/base/words.ts';
import { ContainerError } from './errors.ts';

/** Splits into words. Throws ERR_FEATURE_UNAVAILABLE for a line that needs a shell. */
export function splitWords(line: string): string[] {
  const words = split(line);
  if (words === undefined) {
    throw new ContainerError(
      'ERR_FEATURE_UNAVAILABLE',
      `exec: "${line}" needs a shell, and the container has no /bin/sh. Run its commands by spawn().`,
    );
  }
  return words;
}
