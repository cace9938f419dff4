/** Paths as text, without `.`, `..` and empty parts. */

/** The parts of a path; `..` at its top stays there. */
export function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts;
}

/** Relative paths start at the working directory. */
export const absolutePath = (path: string, workdir: string): string =>
  `/${partsOf(path.startsWith('/') ? path : `${workdir}/${path}`).join('/')}`;
