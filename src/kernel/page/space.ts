/** The space of what is mounted, and of control trees, for the page. */
import type { FileSystemSpace } from '../../protocol/container.ts';
import type { TreeAnswer } from '../../protocol/trees.ts';

export function spaceFor({
  type,
  blockBytes,
  blocks,
  free,
}: Extract<TreeAnswer, { kind: 'space' }>): FileSystemSpace {
  return { type, bsize: blockBytes, blocks, bfree: free, bavail: free, files: 0, ffree: 0 };
}
