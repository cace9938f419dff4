/** The external runtime: what a browser cannot run runs there, on the same files. The kernel has the connection. */
import type {
  OffloadPolicy,
  RemoteAnswer,
  RemoteCall,
  RemoteDifferences,
  RemoteEvent,
  RemoteObject,
  RemoteObjectMetadata,
  RemoteProcess,
  RemoteOutcome,
  RemoteSettings,
  RemoteStatus,
  RemoteStoreStatus,
  RemoteSyncReport,
  RemoteTransfer,
  RemoteTransferOptions,
  RemoteTransferReport,
  SyncDirection,
} from '../src/protocol/remote.ts';
import { check } from './arguments/check.ts';
import * as accepted from './arguments/container.ts';
import { RemoteRuntimeError } from './errors.ts';
import { EventHub } from './events.ts';
import type { SpawnOptions, Unsubscribe } from './options.ts';
import type { ContainerProcess } from './process.ts';

export interface OffloadQuestion {
  argv: string[];
  /** Why it cannot run here. */
  reason: string;
  allow(): void;
  deny(): void;
}

export type RemoteEvents = {
  state: (status: RemoteStatus, reason?: string) => void;
  /** The policy is `ask`. Without a listener the answer is no. */
  question: (question: OffloadQuestion) => void;
  sync: (report: RemoteSyncReport) => void;
  port: (port: number, type: 'open' | 'close') => void;
  /** A file of a transfer to or from the object store was moved. */
  transfer: (progress: RemoteTransfer) => void;
};

export interface RemoteHost {
  call(call: RemoteCall): Promise<RemoteOutcome>;
  spawn(command: string, args: string[], options: SpawnOptions): Promise<ContainerProcess>;
}

/**
 * The object store that the runtime was set up with: contents go between this browser and the store, by URLs that the
 * runtime signs. Keys are below the project's folder of the store; with a leading `/`, from the bucket's top. Rejects
 * with ENOSYS (none is set up), ENODEV (no such bucket), EACCES, ECONNREFUSED (not reachable, or its CORS rules).
 */
export interface RemoteObjectStore {
  status(): Promise<RemoteStoreStatus>;
  /** Uploads what changed, deletes what is gone here; the runtime then takes it into its workspace. */
  push(options?: RemoteTransferOptions): Promise<RemoteTransferReport>;
  /** The runtime puts there what changed in its workspace; then it is downloaded. */
  pull(options?: RemoteTransferOptions): Promise<RemoteTransferReport>;
  /** Both; what both sides changed is kept twice. */
  sync(options?: RemoteTransferOptions): Promise<RemoteTransferReport>;
  list(prefix?: string): Promise<RemoteObject[]>;
  delete(key: string): Promise<undefined>;
  metadata(key: string): Promise<RemoteObjectMetadata>;
}

export class RemoteRuntime {
  readonly s3: RemoteObjectStore = {
    status: () => this.#ask({ call: 's3-status' }),
    push: (options) => this.#transfer('push', options),
    pull: (options) => this.#transfer('pull', options),
    sync: (options) => this.#transfer('both', options),
    list: async (prefix = '') => {
      check('s3.list', accepted.text, prefix);
      return this.#ask({ call: 's3-list', prefix });
    },
    delete: async (key) => {
      check('s3.delete', accepted.name, key);
      return this.#ask({ call: 's3-delete', key });
    },
    metadata: async (key) => {
      check('s3.metadata', accepted.name, key);
      return this.#ask({ call: 's3-metadata', key });
    },
  };
  readonly #host: RemoteHost;
  readonly #events = new EventHub<RemoteEvents>();
  #listensToQuestions = 0;

  /** @internal */
  constructor(host: RemoteHost) {
    this.#host = host;
  }

  /**
   * Rejects with EINVAL (not an address, or one that would send the token unencrypted), EACCES (the token or this page
   * is refused) or ECONNREFUSED (nothing answers, or the browser stops it); the message says what to do.
   */
  async connect(settings: RemoteSettings): Promise<RemoteStatus> {
    check('remote.connect', accepted.remoteSettings, settings);
    return this.#ask({ call: 'connect', settings });
  }
  disconnect(): Promise<undefined> {
    return this.#ask({ call: 'disconnect' });
  }
  status(): Promise<RemoteStatus> {
    return this.#ask({ call: 'status' });
  }
  async setOffload(policy: OffloadPolicy): Promise<undefined> {
    check('remote.setOffload', accepted.offload, policy);
    return this.#ask({ call: 'offload', policy });
  }

  /** Runs any command there: with the project's files, and as a process of this container. */
  async spawn(command: string, args: string[] = [], options: SpawnOptions = {}): Promise<ContainerProcess> {
    check('remote.spawn', accepted.spawn, options);
    return this.#host.spawn(command, args, { ...options, runtime: 'remote' });
  }
  /** A bash there, in a terminal. */
  async shell(options: SpawnOptions = {}): Promise<ContainerProcess> {
    check('remote.shell', accepted.spawn, options);
    return this.#host.spawn('/usr/bin/rshell', [], { stdio: 'pty', ...options });
  }
  /** A process that runs there already, by the pid that `list` tells. */
  async attach(pid: number, options: SpawnOptions = {}): Promise<ContainerProcess> {
    check('remote.attach', accepted.pid, pid);
    return this.#host.spawn('/usr/bin/runtime', ['attach', String(pid)], options);
  }
  async list(): Promise<RemoteProcess[]> {
    return (await this.#ask({ call: 'list' })).processes;
  }
  /** By the pid that `list` tells. */
  async kill(pid: number, signal = 'SIGTERM'): Promise<undefined> {
    check('remote.kill', accepted.pid, pid);
    check('remote.kill', accepted.text, signal);
    return this.#ask({ call: 'kill', pid, signal });
  }
  /** Brings the project's files here and there together. Happens by itself before, while and after something runs there. */
  async sync(direction: SyncDirection = 'both'): Promise<RemoteSyncReport> {
    check('remote.sync', accepted.direction, direction);
    return this.#ask({ call: 'sync', direction });
  }

  /** What `sync` would do now. */
  differences(): Promise<RemoteDifferences> {
    return this.#ask({ call: 'differences' });
  }

  on<E extends keyof RemoteEvents>(event: E, listener: RemoteEvents[E]): Unsubscribe {
    check('remote.on', accepted.remoteEvent, event);
    check('remote.on', accepted.callback, listener);
    const off = this.#events.on(event, listener);
    if (event !== 'question') return off;
    this.#listensToQuestions++;
    let on = true;
    return () => {
      if (on) this.#listensToQuestions--;
      on = false;
      off();
    };
  }

  /** @internal */
  receive(event: Exclude<RemoteEvent, { type: 'offload' }>): void {
    switch (event.type) {
      case 'remote-state':
        this.#events.emit('state', event.status, event.reason);
        return;
      case 'remote-sync':
        this.#events.emit('sync', event.report);
        return;
      case 'remote-transfer':
        this.#events.emit('transfer', event.progress);
        return;
      case 'remote-port':
        this.#events.emit('port', event.port, event.open ? 'open' : 'close');
        return;
      case 'offload-question': {
        const { question, argv, reason } = event;
        const answer = (allowed: boolean): void => void this.#ask({ call: 'allow', question, allowed });
        if (this.#listensToQuestions === 0) answer(false);
        else
          this.#events.emit('question', {
            argv,
            reason,
            allow: () => answer(true),
            deny: () => answer(false),
          });
      }
    }
  }

  async #transfer(
    direction: SyncDirection,
    options: RemoteTransferOptions = {},
  ): Promise<RemoteTransferReport> {
    check(`s3.${direction === 'both' ? 'sync' : direction}`, accepted.transfer, options);
    return this.#ask({ call: 's3-transfer', direction, options });
  }

  async #ask<Call extends RemoteCall>(call: Call): Promise<RemoteAnswer<Call['call']>> {
    const outcome = await this.#host.call(call);
    if (!outcome.ok) throw new RemoteRuntimeError(outcome.code, outcome.message);
    return outcome.value as RemoteAnswer<Call['call']>;
  }
}
