/** The calls of a file system by which a command is found and its first bytes are read. */
import type { FileSystem } from '../../../vfs/file-system.ts';

export type ProgramFiles = Pick<FileSystem, 'kind' | 'access' | 'realpath' | 'open' | 'read' | 'close'>;
