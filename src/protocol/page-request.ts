/** What commands ask of the page: what only it can do, because it has the user, their screen and their disk. */

/** About the containers that a container's programs have made. */
export type ContainerRequest =
  /** → the id */
  | { kind: 'container'; action: 'boot' }
  | { kind: 'container'; action: 'close'; id: string }
  | { kind: 'container'; action: 'start'; id: string; commandLine: string }
  | { kind: 'container'; action: 'signal'; id: string; pid: number; signal: number };

export type UserRequest =
  /** Absolute paths of the container, all of them. */
  | { kind: 'edit'; path: string }
  /** Files of the user's choice into the folder. */
  | { kind: 'upload'; folder: string }
  /** The tree as an archive: into a file of the container, or to the user's disk. */
  | { kind: 'backup-export'; path: string; file?: string }
  /** What an archive has, into the folder: from a file of the container, or from the user's disk. */
  | { kind: 'backup-import'; folder: string; file?: string };

export type PageRequest = UserRequest | ContainerRequest;

/** `text` is for the command's output. */
export type PageAnswer = { ok: true; text: string } | { ok: false; code: string; message: string };
