/** Runtimes by session: each user's processes, files and token apart from all others'. Where they run is the driver's matter. */

export interface SessionLimits {
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly processes: number;
  readonly storageBytes: number;
}

export interface RuntimeSession {
  readonly name: string;
  readonly state: 'starting' | 'ready' | 'stopped';
  readonly createdAt: number;
}

/** How a client gets to a session. */
export interface SessionAddress {
  readonly url: string;
  readonly token: string;
  /** Ends what was opened to reach it, such as a forwarded port; the session goes on. */
  close(): void;
}

export interface Launcher {
  /** Starts the session, or finds it: creating twice is the same as once. Throws EINVAL for a name, EAGAIN at the quota. */
  create(name: string, limits?: Partial<SessionLimits>): Promise<RuntimeSession>;
  /** Waits until the session is ready. Throws ENOENT. */
  attach(name: string): Promise<SessionAddress>;
  /** Ends its processes and removes its files. Throws ENOENT. */
  delete(name: string): Promise<void>;
  list(): Promise<RuntimeSession[]>;
  /** Deletes the sessions that ran nothing and had no client for this long; gives their names. */
  reap(idleMs: number): Promise<string[]>;
}

export const DEFAULT_LIMITS: SessionLimits = {
  memoryBytes: 2 * 2 ** 30,
  cpus: 1,
  processes: 50,
  storageBytes: 10 * 2 ** 30,
};

/** Names are those of Kubernetes (RFC 1123 labels), short enough for a prefix. */
export const SESSION_NAME = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;
