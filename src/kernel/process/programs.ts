/**
 * Programs that are part of the container appear in its file system as small files with this head and a name: as
 * with any executable, what runs is decided by the content, so that copies, links and renames of them work.
 */
export const PROGRAM_MAGIC = '\x7fOAC\n';

export function programFile(name: string): Uint8Array {
  return new TextEncoder().encode(`${PROGRAM_MAGIC}${name}\n`);
}
