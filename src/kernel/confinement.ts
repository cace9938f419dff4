/** What a kernel has of the container's other kernels: see confined/compartment.ts. */
import type { FileCapabilities } from '../protocol/container.ts';
import type { RemoteConnection } from '../remote/connection.ts';
import type { Connection } from './preview/connection.ts';
import type { ProgramFiles } from './process/program-files.ts';

/** Of a kernel whose programs see only some of the container's files. */
export interface Confinement {
  readonly programFiles: ProgramFiles;
  /** Files of the container, as /task/N/capabilities shows them. */
  readonly granted: FileCapabilities;
  /** Spare workers stand ready. */
  readonly hasSpares: boolean;
  /** The runtime that the container is connected to. */
  relay(): RemoteConnection | undefined;
  /** Whether the container may have one process more. */
  hasRoom(): boolean;
}

/** Of the container's own kernel: those beside it. */
export interface BesideKernels {
  readonly livingCount: number;
  /** A connection to a server there; undefined where none listens on the port. */
  dial(port: number): Connection | number | undefined;
}
