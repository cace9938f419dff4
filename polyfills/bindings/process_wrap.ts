import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import type { ExitStatus, Fd, SpawnRequest, StdioSource } from '../system.ts';
import { createSignalNames } from '../process/signal-names.ts';
import {
  attachEndedPipes,
  attachPipes,
  checkOwner,
  stdioSource,
  textList,
  type StdioEntry,
} from '../process/stdio.ts';
import { handlesOf } from '../stream/handle-wrap.ts';

const Flags = { detached: 1, windowsHide: 2, windowsVerbatimArguments: 4 } as const;
const NativeMap = Map;

/** `internalBinding('process_wrap')`: child processes (src/process_wrap.cc). */
export function createProcessWrap(context: NodeContext): object {
  const handles = handlesOf(context);
  const signalName = createSignalNames(context);
  const { process } = context.system;

  class Process extends handles.HandleWrap {
    #pid = 0;
    declare onexit: unknown;
    declare pid: number;
    constructor() {
      super('PROCESSWRAP', 'ProcessWrap', false);
    }

    spawn(
      file: string,
      args: readonly string[] | undefined,
      cwd: string | undefined,
      env: readonly string[] | undefined,
      stdio: readonly StdioEntry[],
      flags: number,
      uid: unknown,
      gid: unknown,
    ): number {
      const refused = checkOwner(context, uid, gid);
      const sources: StdioSource[] = [];
      for (let i = 0; i < stdio.length; i++) sources[i] = stdioSource(stdio[i] as StdioEntry);
      const request: SpawnRequest = {
        file,
        args: args === undefined ? [file] : textList(args),
        env: env === undefined ? environment(context) : textList(env),
        stdio: sources,
        detached: (flags & Flags.detached) !== 0,
        cwd: typeof cwd === 'string' && cwd !== '' ? cwd : undefined,
        processGroup: undefined,
        // libuv gives a child every default back.
        ignoredSignals: [],
      };
      const pipes = new NativeMap<number, Fd>();
      const pid = refused < 0 ? refused : process.spawn(request, pipes, (status) => this.#exited(status));
      handles.markOpen(this);
      if (pid < 0) {
        attachEndedPipes(context, stdio);
        return pid;
      }
      attachPipes(context, stdio, pipes);
      this.#pid = pid;
      this.pid = pid;
      handles.setActive(this, true);
      return 0;
    }

    kill(signal: number): number {
      return this.#pid === 0 ? -Errno.ESRCH : process.kill(this.#pid, signal | 0);
    }

    #exited(status: ExitStatus): void {
      this.#pid = 0;
      handles.setActive(this, false);
      if (handles.isClosing(this)) return;
      context.async.makeCallback(this, this.onexit, status.code, signalName(status.signal));
    }
  }

  return {
    Process,
    constants: {
      kProcessFlagDetached: Flags.detached,
      kProcessFlagWindowsHide: Flags.windowsHide,
      kProcessFlagWindowsVerbatimArguments: Flags.windowsVerbatimArguments,
    },
  };
}

/** A child whose environment is not given has its parent's. */
export function environment(context: NodeContext): string[] {
  const pairs: string[] = [];
  const { env } = context.options;
  let count = 0;
  for (const name in env) pairs[count++] = `${name}=${env[name]}`;
  return pairs;
}
